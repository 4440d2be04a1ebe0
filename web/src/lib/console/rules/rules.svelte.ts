// Editions and drafts as the page shows them: loaded, loaded again after an act, and looked at again and again while a
// comparison goes on.

import { read, write } from '#lib/api.ts';
import { clockKnown, whenClockJumps } from '#lib/clock.ts';
import { draftPath, type Draft, type Rules } from '#lib/console/rules/types.ts';
import { troubleOf, type Trouble } from '#lib/trouble.ts';

const LOOK_EVERY_MS = 1_000;

export class RulesView {
	rules = $state.raw<Rules | null>(null);
	trouble = $state<Trouble | null>(null);
	private timer: ReturnType<typeof setTimeout> | undefined;
	private asking = 0;
	private closed = false;

	constructor() {
		$effect(() => {
			this.load();
			const deaf = whenClockJumps(() => this.load());
			return () => {
				this.closed = true;
				clearTimeout(this.timer);
				deaf();
			};
		});
	}

	async load(): Promise<void> {
		clearTimeout(this.timer);
		const asking = (this.asking += 1);
		try {
			const rules = await read<Rules>('/rules');
			await clockKnown();
			if (asking !== this.asking) return;
			[this.rules, this.trouble] = [rules, null];
		} catch (fault) {
			if (asking !== this.asking) return;
			// While a comparison is awaited the next look may succeed.
			if (!this.comparing) this.trouble = troubleOf(fault);
		}
		this.lookAgain();
	}

	/** A comparison that goes on is looked at again and again. */
	private lookAgain(): void {
		if (this.comparing && !this.closed) this.timer = setTimeout(() => this.load(), LOOK_EVERY_MS);
	}

	private get comparing(): boolean {
		return this.rules?.drafts.some((draft) => draft.comparing !== null) ?? false;
	}

	/** Starts a comparison; what went wrong, if anything did. */
	async compare(draft: Draft): Promise<Trouble | null> {
		return this.act(() => write(`${draftPath(draft)}/comparison`, {}));
	}

	/** Does something, then loads all again; what went wrong, if anything did. */
	async act(what: () => Promise<unknown>): Promise<Trouble | null> {
		try {
			await what();
		} catch (fault) {
			return troubleOf(fault);
		}
		await this.load();
		return null;
	}
}
