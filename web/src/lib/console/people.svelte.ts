// People as the console lists them, and what for they are being looked at.

import type { Colour, Declaration } from '#lib/types.ts';

export const PURPOSES = ['case', 'audit', 'identity', 'help'] as const;
export type Purpose = (typeof PURPOSES)[number];

export interface FoundPerson {
	person: string;
	masked_name: string;
	document_last_four: string;
	colour: Colour | null;
}

export interface Waiting {
	person: string;
	evidence: string;
	declared_at: string;
	masked_name: string;
	document_last_four: string;
	why: string;
	declaration: Declaration | null;
}

// Asked once, said again at every look while the page is open; the person sees it.
let chosen = $state<Purpose | ''>('');
export const purpose = {
	get chosen(): Purpose | '' {
		return chosen;
	},
	set chosen(to: Purpose | '') {
		chosen = to;
	}
};

/** The id stands in the fragment, which no server and no log ever sees. */
export function personHref(person: string): string {
	return `/console/person#${encodeURIComponent(person)}`;
}
