// Case files, the curve and the chain as the server says them.

import type { Text } from '#lib/language.svelte.ts';

export interface CaseFile {
	person: string;
	masked_name: string;
	document_last_four: string;
	within: boolean;
	region: string;
	officer: string | null;
	status: string | null;
	since: string | null;
	onset_at: string | null;
	sampled_at: string | null;
	window: { from: string; until: string; by_officer: boolean } | null;
	contacts: number;
	history: { status: string; happened_at: string; recorded_at: string; onset_at: string | null; withdrawn: boolean }[];
	stays: { point: string; name: Text | null; entered_at: string; left_at: string; grade: string }[];
	said: { id: string; kind: string; said: string; from: string | null; until: string | null; at: string }[];
	changes: { at: string; what: string; before: string; after: string; reason: string; by: string }[];
	clusters: { id: string; name: string }[];
	merges: { id: string; lead: string; duplicate: string; at: string; undone_at: string | null }[];
}

export interface CurveDay {
	day: string;
	onset: number;
	sample: number;
	report: number;
}

export interface Curve {
	days: CurveDay[];
	cases: number;
	without_onset: number;
}

export interface ChainCase {
	person: string;
	masked_name: string;
	within: boolean;
	status: string;
	at: string;
	onset_at: string | null;
}

export interface Chain {
	cases: ChainCase[];
	links: { from: string; to: string }[];
	cut: boolean;
}

/** The file of a case; the id stands in the fragment, which no server and no log ever sees. */
export const caseHref = (person: string): string => `/console/case#${encodeURIComponent(person)}`;
