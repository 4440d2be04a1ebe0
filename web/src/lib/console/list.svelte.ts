// A list of the console: loaded, loaded again after an act, with what went wrong.

import { readList } from '#lib/api.ts';
import { whenClockJumps } from '#lib/clock.ts';
import { troubleOf, type Trouble } from '#lib/trouble.ts';

export class Listing<T> {
	items = $state.raw<T[] | null>(null);
	/** Whether there is more than was read. */
	cut = $state(false);
	trouble = $state<Trouble | null>(null);

	constructor(
		private readonly path: string | (() => string),
		private readonly mostPages?: number
	) {
		$effect(() => {
			this.load();
			return whenClockJumps(() => this.load());
		});
	}

	async load(): Promise<void> {
		try {
			({ items: this.items, cut: this.cut } = await readList<T>(typeof this.path === 'string' ? this.path : this.path(), this.mostPages));
		} catch (fault) {
			this.trouble = troubleOf(fault);
		}
	}

	/** Does something, then loads the list again; says what went wrong. */
	async act(what: () => Promise<unknown>): Promise<boolean> {
		this.trouble = null;
		try {
			await what();
			await this.load();
			return true;
		} catch (fault) {
			this.trouble = troubleOf(fault);
			return false;
		}
	}
}
