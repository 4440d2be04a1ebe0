// Who slept under one roof with a person, as an officer sees and records it.

import { read, write } from '#lib/api.ts';
import { purpose } from '#lib/console/people.svelte.ts';
import { troubleOf, type Trouble } from '#lib/trouble.ts';

export interface PersonHousehold {
	household: string;
	basis: 'agreed' | 'officer';
	/** Dates of evenings. */
	first_night: string;
	last_night: string;
	others: { person: string; masked_name: string; dependant: boolean }[];
	reason: string;
	ended_at: string | null;
	end_reason: string;
}

interface Seen {
	households: PersonHousehold[];
	today: string;
}

export class HouseholdsView {
	seen = $state.raw<Seen | null>(null);
	trouble = $state<Trouble | null>(null);
	busy = $state(false);

	constructor(private readonly person: string) {}

	private get path(): string {
		return `/people/${encodeURIComponent(this.person)}/household`;
	}

	/** Does something, then sees the households again. */
	private async run(act: () => Promise<unknown>): Promise<boolean> {
		[this.trouble, this.busy] = [null, true];
		try {
			await act();
			this.seen = await read<Seen>(`${this.path}?purpose=${purpose.chosen}`);
			return true;
		} catch (fault) {
			this.trouble = troubleOf(fault);
			return false;
		} finally {
			this.busy = false;
		}
	}

	load = (): Promise<boolean> => this.run(() => Promise.resolve());
	record = (body: object): Promise<boolean> => this.run(() => write(this.path, body));
	end = (household: string, reason: string): Promise<boolean> => this.run(() => write(`${this.path}/${encodeURIComponent(household)}/end`, { reason }));
}
