// Editions of the rules and drafts of them, as the server lists them.

import type { Text } from '#lib/language.svelte.ts';
import type { Colour } from '#lib/types.ts';

export interface Edition {
	name: string;
	version: number;
	title: Text;
	from: string;
	until: string;
	/** Whether it is the one that decides now. */
	in_force: boolean;
}

/** So many people go from one colour to another, or keep theirs. */
export interface Move {
	from: Colour;
	to: Colour;
	people: number;
	/** Some of those who change. */
	examples?: string[];
}

export interface GroupMoves {
	/** A region, or a kind of collection point. */
	name: string;
	changed: number;
	people: number;
}

export interface Comparison {
	people: number;
	changed: number;
	overall: Move[];
	by_region: GroupMoves[];
	/** Those who change, by the kinds of places where they were in the last seven days. */
	by_kind: GroupMoves[];
}

export interface Draft {
	name: string;
	version: number;
	title: Text;
	cases: number;
	made_at: string;
	/** Whether the officer who looks brought it in. */
	own: boolean;
	compared_at: string | null;
	/** How many people were compared so far; null when no comparison is under way. */
	comparing: number | null;
	/** Whether the latest comparison ended early. */
	comparison_failed: boolean;
	comparison: Comparison | null;
	approved_at: string | null;
}

export interface Rules {
	editions: Edition[];
	drafts: Draft[];
}

type Named = Pick<Edition, 'name' | 'version'>;

/** What tells one edition from another. */
export const idOf = ({ name, version }: Named): string => `${name}@${version}`;

/** Where a draft is found. */
export const draftPath = ({ name, version }: Named): string => `/rules/drafts/${encodeURIComponent(name)}/${version}`;

/** Where an edition is withdrawn. */
export const withdrawalPath = ({ name, version }: Named): string => `/rules/${encodeURIComponent(name)}/${version}/withdrawal`;
