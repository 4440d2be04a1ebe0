// The tables of a region: two bits for every index of an issue day. An index that is not listed reads green.

import type { StatusReference } from '../bearer.ts';

/** Indexes of a day's table, at most. */
export const LARGEST_DAY = 2 ** 28;
/** Days that are kept, at most: those whose passes may still be good. */
export const MOST_DAYS = 8;

/** What a table says of an index, in the order of its two bits. Undecided: a gate asks. */
export const STATUSES = ['green', 'yellow', 'red', 'undecided'] as const;
export type Status = (typeof STATUSES)[number];

/** One day's table. */
export class DayTable {
	/** 16 indexes a word, the lowest two bits first. */
	private words: Uint32Array;

	constructor(private indexes: number) {
		this.words = new Uint32Array(Math.ceil(indexes / 16));
	}

	/** How many indexes there are. */
	get size(): number {
		return this.indexes;
	}

	/** What it says of an index; null beyond its size. */
	get(index: number): Status | null {
		return index < this.indexes ? STATUSES[(this.words[index >>> 4]! >>> ((index & 15) * 2)) & 3]! : null;
	}

	/** Sets indexes below the size. */
	set(indexes: Uint32Array, status: Status): void {
		const bits = STATUSES.indexOf(status);
		const words = this.words;
		for (let place = 0; place < indexes.length; place += 1) {
			const index = indexes[place]!;
			const shift = (index & 15) * 2;
			words[index >>> 4] = (words[index >>> 4]! & ~(3 << shift)) | (bits << shift);
		}
	}

	/** Makes it larger; it never becomes smaller. */
	grow(size: number): void {
		if (size <= this.indexes) return;
		this.indexes = size;
		const needed = Math.ceil(size / 16);
		if (needed <= this.words.length) return;
		const words = new Uint32Array(needed);
		words.set(this.words);
		this.words = words;
	}
}

/** The tables of a region, by issue day. */
export class StatusTables {
	private readonly days = new Map<number, DayTable>();

	/** What the tables say of a pass; null where its day has no table or the index lies beyond it, which no issued pass has. */
	get({ day, index }: StatusReference): Status | null {
		return this.days.get(day)?.get(index) ?? null;
	}

	/** The table of a day, made or made larger where needed. */
	day(day: number, size: number): DayTable {
		let table = this.days.get(day);
		if (!table) this.days.set(day, (table = new DayTable(size)));
		table.grow(size);
		return table;
	}

	/** Drops the tables of days before `day`, whose passes have all ended. */
	forgetBefore(day: number): void {
		for (const kept of this.days.keys()) if (kept < day) this.days.delete(kept);
	}

	/** The days that have a table, ascending. */
	get kept(): number[] {
		return [...this.days.keys()].sort((one, other) => one - other);
	}
}
