// Editions and drafts as the page shows them: loaded, loaded again after an act, and looked at again and again while a
// comparison goes on.

import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { read, write } from '#lib/api.ts';
import { clockKnown, monotonicMs, whenClockJumps } from '#lib/clock.ts';
import { draftPath, idOf, type Draft, type Rules } from '#lib/console/rules/types.ts';
import { troubleOf, type Trouble } from '#lib/trouble.ts';

const LOOK_EVERY_MS = 3_000;
/** Not looked for any longer than this by itself. */
const LOOK_FOR_MS = 5 * 60_000;

export class RulesView {
	rules = $state.raw<Rules | null>(null);
	trouble = $state<Trouble | null>(null);
	/** The drafts being compared: when each was compared before, and when to stop looking. */
	private readonly waiting = new SvelteMap<string, { before: string | null; untilMs: number }>();
	private readonly late = new SvelteSet<string>();
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
			if (this.waiting.size === 0) this.trouble = troubleOf(fault);
		}
		this.lookAgain();
	}

	private lookAgain(): void {
		for (const [id, { before, untilMs }] of [...this.waiting]) {
			const draft = this.rules?.drafts.find((one) => idOf(one) === id);
			const found = !draft || draft.compared_at !== before;
			if (!found && monotonicMs() > untilMs) this.late.add(id);
			if (found || this.late.has(id)) this.waiting.delete(id);
		}
		if (this.waiting.size > 0 && !this.closed) this.timer = setTimeout(() => this.load(), LOOK_EVERY_MS);
	}

	/** What goes on with the comparison of a draft; `late` where it was looked for long enough. */
	comparing(draft: Draft): 'going_on' | 'late' | null {
		const id = idOf(draft);
		return this.waiting.has(id) ? 'going_on' : this.late.has(id) ? 'late' : null;
	}

	/** Starts a comparison; what went wrong, if anything did. */
	async compare(draft: Draft): Promise<Trouble | null> {
		const before = draft.compared_at;
		return this.act(async () => {
			await write(`${draftPath(draft)}/comparison`, {});
			this.late.delete(idOf(draft));
			this.waiting.set(idOf(draft), { before, untilMs: monotonicMs() + LOOK_FOR_MS });
		});
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
