// The database of a browser, in memory.

import type { Kept, Shelf } from '#lib/kept.ts';

export class Memory implements Kept {
	private readonly shelves = new Map<Shelf, Map<IDBValidKey, unknown>>();
	private count = 0;

	shelf(name: Shelf): Map<IDBValidKey, unknown> {
		const known = this.shelves.get(name) ?? new Map<IDBValidKey, unknown>();
		this.shelves.set(name, known);
		return known;
	}
	async get<T>(shelf: Shelf, key: string): Promise<T | null> {
		return (this.shelf(shelf).get(key) as T | undefined) ?? null;
	}
	async put(shelf: Shelf, key: string, value: unknown): Promise<void> {
		this.shelf(shelf).set(key, value);
	}
	async add(shelf: Shelf, value: unknown): Promise<void> {
		this.shelf(shelf).set((this.count += 1), value);
	}
	async all<T>(shelf: Shelf): Promise<{ key: IDBValidKey; value: T }[]> {
		return [...this.shelf(shelf)].map(([key, value]) => ({ key, value: value as T }));
	}
	async remove(shelf: Shelf, keys: readonly IDBValidKey[]): Promise<void> {
		keys.forEach((key) => this.shelf(shelf).delete(key));
	}
	async clear(shelf: Shelf): Promise<void> {
		this.shelf(shelf).clear();
	}
}
