// How a case is traced, as the server says it.

import type { Text } from '#lib/language.svelte.ts';
import type { Colour } from '#lib/types.ts';

export interface PlaceCount {
	point: string;
	name: Text | null;
	kind: string | null;
	people: number;
}

export interface Preview {
	contacts: number;
	second_ring: number;
	newly: number;
	no_longer: number;
	advised: number;
	colours: { from: Colour; to: Colour; people: number }[];
	decided: number;
	places: PlaceCount[];
}

/** What a case would be traced to, before anything is stored. */
export interface CasePreview {
	window_from: string | null;
	window_until: string | null;
	definition: string;
	preview: Preview;
	crowded: PlaceCount[];
	second_officer: boolean;
}

/** What an officer may decide about a crowded place. */
export type Choice =
	| { choice: 'everybody' | 'nobody' | 'message' }
	| { choice: 'narrow'; at_least_minutes?: number; same_part?: boolean; same_way?: boolean };

export interface Run {
	id: string;
	at: string;
	state: 'applied' | 'waiting' | 'approved' | 'refused' | 'overtaken';
	definition: string;
	preview: Preview;
	settled_by: string | null;
	settled_at: string | null;
	reason: string | null;
}

export interface CrowdedPlace {
	/** 1: contacts of the case; 2: contacts of her close contacts. */
	ring: number;
	point: string;
	name: Text | null;
	people: number;
	offers: { choice: Choice; people: number }[];
	choice: Choice | null;
	reason: string | null;
	chosen_by: string | null;
	chosen_at: string | null;
}

export interface Tracing {
	definition: string;
	allowed: number;
	runs: Run[];
	crowded: CrowdedPlace[];
}

/** A case with what of it waits for an officer. */
export type Waiting<T> = T & { person: string; masked_name: string | null };

export interface AllWaiting {
	runs: Waiting<Run>[];
	crowded: Waiting<CrowdedPlace>[];
}
