// One person as an officer sees her, loaded for a purpose that she will read.

import { read, write } from '#lib/api.ts';
import { clockKnown } from '#lib/clock.ts';
import { purpose } from '#lib/console/people.svelte.ts';
import { troubleOf, type Trouble } from '#lib/trouble.ts';
import type { Decision, SeenPerson } from '#lib/types.ts';

export interface Change {
	at: string;
	decision: Decision;
}

export class PersonView {
	id = $state('');
	person = $state.raw<SeenPerson | null>(null);
	history = $state.raw<Change[] | null>(null);
	trouble = $state<Trouble | null>(null);
	busy = $state(false);

	private get path(): string {
		return `/people/${encodeURIComponent(this.id)}`;
	}

	/** Shows another person, or none yet where no purpose has been said. */
	async open(id: string): Promise<void> {
		if (id !== this.id) [this.person, this.history] = [null, null];
		this.id = id;
		if (id && purpose.chosen) await this.run(() => Promise.resolve());
	}

	/** Does something, then sees the person again. */
	async run(act: () => Promise<unknown>): Promise<boolean> {
		this.trouble = null;
		this.busy = true;
		try {
			await act();
			await clockKnown();
			this.person = await read<SeenPerson>(`${this.path}?purpose=${purpose.chosen}`);
			if (this.history) await this.loadHistory();
			return true;
		} catch (fault) {
			this.trouble = troubleOf(fault);
			return false;
		} finally {
			this.busy = false;
		}
	}

	async loadHistory(): Promise<void> {
		try {
			this.history = (await read<{ items: Change[] }>(`${this.path}/history`)).items;
		} catch (fault) {
			this.trouble = troubleOf(fault);
		}
	}

	reportCase(status: string, onsetAt: string | null): Promise<boolean> {
		const body = { person: this.id, status, ...(onsetAt ? { onset_at: onsetAt } : {}) };
		return this.run(() => write('/cases', body));
	}

	correct(of: string, data: Record<string, unknown>): Promise<boolean> {
		return this.run(() => write(`${this.path}/corrections`, { of, data }));
	}

	breakGlass = (reason: string): Promise<boolean> => this.run(() => write(`${this.path}/break-glass`, { reason }));

	withdraw(of: string, reason: string): Promise<boolean> {
		return this.run(() => write(`${this.path}/withdrawals`, { of, reason }));
	}
}
