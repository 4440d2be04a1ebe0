// SvelteKit 3 calls Promise.withResolvers while it builds; Node 20 does not have it yet. Only the build sees this.
Promise.withResolvers ??= function withResolvers<T>() {
	let resolve!: (value: T | PromiseLike<T>) => void;
	let reject!: (reason?: unknown) => void;
	const promise = new Promise<T>((res, rej) => ([resolve, reject] = [res, rej]));
	return { promise, resolve, reject };
};
