// Collection points: all of them, in the order of their names, and those that a filter leaves.

import { readList } from '#lib/api.ts';
import { say, tag, word } from '#lib/language.svelte.ts';
import type { Point } from '#lib/types.ts';

/** So many pages hold the points of a large city. */
export const POINT_PAGES = 100;
/** A list longer than this gets a filter. */
export const MANY = 20;

export async function readPoints(): Promise<Point[]> {
	return (await readList<Point>('/points', POINT_PAGES)).items;
}

/** The points in the order of their names in the language shown. */
export function byName(points: readonly Point[]): Point[] {
	const order = new Intl.Collator(tag(), { numeric: true });
	return [...points].sort((one, other) => order.compare(say(one.name), say(other.name)));
}

/** The points whose name in either language, or whose kind, contains what was typed. */
export function filtered(points: readonly Point[], typed: string): Point[] {
	const wanted = typed.trim().toLowerCase();
	if (!wanted) return [...points];
	return points.filter(({ name, kind }) => [name.en, name.zh, word('point', kind)].some((text) => text.toLowerCase().includes(wanted)));
}
