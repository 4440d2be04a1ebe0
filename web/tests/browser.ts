// The little of a browser that the pages' state needs outside of one.
const kept = new Map<string, string>();

export const storage = {
	getItem: (key: string) => kept.get(key) ?? null,
	setItem: (key: string, value: string) => void kept.set(key, value),
	keys: () => [...kept.keys()],
	clear: () => kept.clear()
};
Object.defineProperty(globalThis, 'localStorage', { value: storage, configurable: true });
Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en'] }, configurable: true });
