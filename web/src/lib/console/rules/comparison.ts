// What a comparison found, in the order in which it is read.

import type { GroupMoves, Move } from '#lib/console/rules/types.ts';
import { tag } from '#lib/language.svelte.ts';
import type { Colour } from '#lib/types.ts';

const ORDER: readonly Colour[] = ['red', 'yellow', 'pending', 'green'];
/** So many regions or kinds are shown. */
const MOST_GROUPS = 10;

export const changes = ({ from, to }: Move): boolean => from !== to;

/** Changes before colours that stay, and the largest number first. */
export function sortedMoves(moves: readonly Move[]): Move[] {
	const place = ({ from, to }: Move) => ORDER.indexOf(from) * ORDER.length + ORDER.indexOf(to);
	return [...moves].sort((one, other) => Number(changes(other)) - Number(changes(one)) || other.people - one.people || place(one) - place(other));
}

/** The groups in which most people change; none in which nobody does. */
export function mostChanged(groups: readonly GroupMoves[]): GroupMoves[] {
	const changed = groups.filter((group) => group.changed > 0);
	return changed.sort((one, other) => other.changed - one.changed || one.name.localeCompare(other.name, 'en')).slice(0, MOST_GROUPS);
}

/** A number of people, as the language groups its digits. */
export const people = (count: number): string => new Intl.NumberFormat(tag()).format(count);
