// Scanning the code of a place, step by step: a code, which way, and what was recorded or went wrong.

import { Problem, write, writeKey } from '#lib/api.ts';
import { both } from '#lib/language.svelte.ts';
import { proofOf, type Proof } from '#lib/me/place_code.ts';
import { troubleOf, type Trouble } from '#lib/trouble.ts';
import type { PlaceVisit } from '#lib/types.ts';

export const DIRECTIONS = ['in', 'out', 'passing'] as const;
export type Direction = (typeof DIRECTIONS)[number];

type Step =
	| { at: 'scan' }
	| { at: 'choose'; code: string; proof: Proof }
	| { at: 'sending' }
	| { at: 'done'; visit: PlaceVisit }
	/** `again` sends the same once more; a refusal is final. */
	| { at: 'failed'; trouble: Trouble; again: (() => Promise<void>) | null };

const NO_CODE: Trouble = { text: both('here.no_code'), next: both('here.no_code_next'), code: 'place_code' };

export class PlaceScan {
	step = $state.raw<Step>({ at: 'scan' });

	/** A code was scanned, typed, or carried by the address. */
	take(text: string): void {
		if (this.step.at === 'sending') return;
		const proof = proofOf(text);
		this.step = proof ? { at: 'choose', code: text.trim(), proof } : { at: 'failed', trouble: NO_CODE, again: null };
	}

	startOver(): void {
		this.step = { at: 'scan' };
	}

	/** Sends the visit, for oneself or for somebody one answers for. */
	async go(direction: Direction, whom: string | null): Promise<void> {
		if (this.step.at !== 'choose') return;
		const visit = { code: this.step.code, direction, ...(whom === null ? {} : { for: whom }) };
		await this.send(visit, writeKey());
	}

	private async send(visit: object, key: string): Promise<void> {
		this.step = { at: 'sending' };
		try {
			this.step = { at: 'done', visit: await write<PlaceVisit>('/me/visits', visit, 'POST', undefined, key) };
		} catch (fault) {
			// Whether it arrived is not known: under the same key it is recorded once.
			const again = fault instanceof Problem ? null : () => this.send(visit, key);
			this.step = { at: 'failed', trouble: troubleOf(fault), again };
		}
	}
}
