// What a comparison found, in the order in which it is read.

import type { Move, RegionMoves } from '#lib/console/rules/types.ts';
import { tag } from '#lib/language.svelte.ts';
import type { Colour } from '#lib/types.ts';

const ORDER: readonly Colour[] = ['red', 'yellow', 'pending', 'green'];
/** So many regions are shown. */
const MOST_REGIONS = 10;

export const changes = ({ from, to }: Move): boolean => from !== to;

/** Changes before colours that stay, and the largest number first. */
export function sortedMoves(moves: readonly Move[]): Move[] {
	const place = ({ from, to }: Move) => ORDER.indexOf(from) * ORDER.length + ORDER.indexOf(to);
	return [...moves].sort((one, other) => Number(changes(other)) - Number(changes(one)) || other.people - one.people || place(one) - place(other));
}

/** The regions in which most people change; none in which nobody does. */
export function mostChanged(regions: readonly RegionMoves[]): RegionMoves[] {
	const changed = regions.filter((region) => region.changed > 0);
	return changed.sort((one, other) => other.changed - one.changed || one.region.localeCompare(other.region, 'en')).slice(0, MOST_REGIONS);
}

/** A number of people, as the language groups its digits. */
export const people = (count: number): string => new Intl.NumberFormat(tag()).format(count);
