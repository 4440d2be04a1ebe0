// What the server answers, as the pages use it.

import type { Text } from '#lib/language.svelte.ts';

export type Colour = 'green' | 'yellow' | 'red' | 'pending';
export type Role = 'resident' | 'checker' | 'officer';

export interface Session {
	role: Role;
	label: string;
	point: { point: string; name: Text } | null;
}

export interface Need {
	need: string;
	done: number;
	of: number;
	way?: number;
	/** When time alone completes it. */
	at?: string;
}

export interface Decision {
	colour: Colour;
	reasons: { code: string; text: Text; evidence: { id: string; happened_at: string; source: string }[] }[];
	authority: string;
	rule_set: string;
	since: string;
	next_change_at: string | null;
	release: Need[];
	earliest_release_at: string | null;
	obligations: { code: string; due_on?: string[] }[];
}

export interface MyCode {
	declared: true;
	person: string;
	activation: 'active' | 'inactive';
	masked_name: string;
	document_last_four: string;
	pass: { text: string; issued_at: string; expires_at: string };
	decision: Decision;
}

/** Somebody whom the resident answers for. */
export interface Dependant {
	person: string;
	masked_name: string;
	document_last_four: string;
}

/** A visit by the code of a place. */
export interface PlaceVisit {
	visit: string;
	place: Text;
	kind: string;
	grade: string;
	direction: string;
	from: string;
	until: string;
	assumed: boolean;
	/** It cannot be as it says, and counts only when an officer has cleared it. */
	doubted: boolean;
}

/** The printed code of a place. */
export interface Poster {
	place: Text;
	kind: string;
	region: string;
	text: string;
	issue: number;
}

/** A pass to be printed. */
export interface Paper {
	text: string;
	masked_name: string;
	document_last_four: string;
	issued_at: string;
	expires_at: string;
}

export interface Fact {
	id: string;
	kind: string;
	happened_at: string;
	recorded_at: string;
	source: string;
	data: Record<string, unknown>;
	withdrawn: boolean;
}

/** A rule that came close, and what was missing. */
export interface Close {
	code: string;
	colour: Colour;
	text: Text;
	missing: { text: Text; evidence: string[] }[];
}

export interface Why {
	decision: Decision;
	facts: Fact[];
	reported_today: boolean;
	close?: Close[];
	fresh: { visits: string | null; cases: string | null; tests: string | null };
}

export interface Scan {
	verdict: string;
	reason: string | null;
	colour: Colour | null;
	action: 'pass' | 'ask' | 'stop';
	activation: 'active' | 'inactive' | null;
	masked_name: string | null;
	document_last_four: string | null;
	visit: string | null;
	scanned_at: string;
}

export interface Region {
	code: string;
	name: Text;
	parent: string | null;
	has_children: boolean;
}

export interface Declaration {
	symptoms: string[];
	temperature_c?: number;
	contact: string;
	stayed_in: string[];
	residence?: string;
	health_state: string;
}

export interface SeenPerson {
	person: string;
	masked_name: string;
	document_last_four: string;
	activation: 'active' | 'inactive';
	/** Whether one's area reaches the person. */
	within?: boolean;
	decision: Decision;
	facts: Fact[];
	close?: Close[];
	visits: { id: string; point: { point: string; name: Text | null }; entered_at: string; left_at: string; assumed: boolean; grade: string; kind: string; seat: string | null; flag: string | null; cleared_at: string | null }[];
}

export interface Point {
	point: string;
	name: Text;
	kind: string;
	region: string;
	usual_stay_minutes: number;
}

/** Time recorded together with somebody. */
export interface Together {
	from: string;
	until: string;
	minutes: number;
	places: { place: Text | null; first_at: string; last_at: string; minutes: number; grade: string }[];
}
