// Where each edition stands now, and what holds if one is withdrawn.

import type { Draft, Edition } from '#lib/console/rules/types.ts';

/** `replaced` is one that another took the place of before its end: it holds again if that one goes first. */
export type Standing = 'in_force' | 'to_come' | 'replaced' | 'ended';

export function standingOf(edition: Edition, nowMs: number): Standing {
	if (edition.in_force) return 'in_force';
	if (Date.parse(edition.from) > nowMs) return 'to_come';
	return Date.parse(edition.until) > nowMs ? 'replaced' : 'ended';
}

export interface Sorted {
	inForce: Edition[];
	/** The next one first. */
	toCome: Edition[];
	/** The latest one first. */
	earlier: Edition[];
}

export function sorted(editions: readonly Edition[], nowMs: number): Sorted {
	const byStart = [...editions].sort((one, other) => Date.parse(one.from) - Date.parse(other.from));
	const those = (...standings: Standing[]) => byStart.filter((edition) => standings.includes(standingOf(edition, nowMs)));
	return { inForce: those('in_force'), toCome: those('to_come'), earlier: those('replaced', 'ended').reverse() };
}

/** The edition that holds once the one in force is withdrawn: of those replaced, the one that began last. */
export function editionBefore(editions: readonly Edition[], nowMs: number): Edition | null {
	return sorted(editions, nowMs).earlier.find((edition) => standingOf(edition, nowMs) === 'replaced') ?? null;
}

/** Drafts that wait before those that were approved, and the newest first. */
export function sortedDrafts(drafts: readonly Draft[]): Draft[] {
	const approved = (draft: Draft) => Number(draft.approved_at !== null);
	return [...drafts].sort((one, other) => approved(one) - approved(other) || Date.parse(other.made_at) - Date.parse(one.made_at));
}
