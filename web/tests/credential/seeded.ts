// Chance that is the same at every run.

export class Seeded {
	constructor(private state: number) {}

	/** A whole number from 0 to below `below`, at most 2^32. */
	below(below: number): number {
		// Mulberry32.
		this.state = (this.state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
	}

	bytes(length: number): Uint8Array<ArrayBuffer> {
		return Uint8Array.from({ length }, () => this.below(256));
	}

	of<T>(many: readonly T[]): T {
		return many[this.below(many.length)]!;
	}

	/** Different whole numbers below `below`, ascending. */
	some(count: number, below: number): number[] {
		const drawn = new Set<number>();
		while (drawn.size < count) drawn.add(this.below(below));
		return [...drawn].sort((one, other) => one - other);
	}
}
