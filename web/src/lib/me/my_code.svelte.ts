// One's own code, kept current: told by the server, asked again when a change is due, and when the page is seen again.
// What the server has not confirmed lately has no colour here: the last answer is kept, and is said to be as of then.

import { Problem, read } from '#lib/api.ts';
import { clockKnown, monotonicMs, nowMs, setClock, whenClockJumps } from '#lib/clock.ts';
import { kept } from '#lib/kept.ts';
import { Wallet } from '#lib/pass/wallet.svelte.ts';
import type { Colour, MyCode } from '#lib/types.ts';

/** Asked again at least so often, in case no event comes through. */
const AT_MOST_MS = 60_000;
/** Asked again so soon after a failure. */
const AFTER_FAILURE_MS = 4_000;
/** Asked again so soon after the line of events broke. */
const AFTER_BREAK_MS = 500;
/** A new token is fetched so long before the old one ends. */
const BEFORE_END_MS = 25_000;
const LAST = 'code';

/** The last answer, and when it came. */
interface LastCode {
	code: MyCode;
	seenMs: number;
}

export type Standing = 'loading' | 'known' | 'unknown' | 'not_declared' | 'signed_out';

export class MyCodeWatch {
	code = $state<MyCode | null>(null);
	standing = $state<Standing>('loading');
	/** The server's time when it last answered. */
	seenMs = $state<number | null>(null);
	readonly wallet = new Wallet();
	private timer: ReturnType<typeof setTimeout> | undefined;
	private events: EventSource | null = null;
	private asking = 0;

	/** The colour to draw: never one that is not confirmed. */
	get look(): Colour | 'unknown' {
		return this.standing === 'known' && this.code ? this.code.decision.colour : 'unknown';
	}

	/** Begins to watch; returns how to stop. */
	start(): () => void {
		const again = () => this.refresh();
		const seen = () => document.visibilityState === 'visible' && this.refresh();
		document.addEventListener('visibilitychange', seen);
		window.addEventListener('online', again);
		window.addEventListener('offline', again);
		const deaf = whenClockJumps(again);
		const rest = this.wallet.start();
		void this.remember();
		this.refresh();
		return () => {
			document.removeEventListener('visibilitychange', seen);
			window.removeEventListener('online', again);
			window.removeEventListener('offline', again);
			deaf();
			rest();
			clearTimeout(this.timer);
			this.events?.close();
		};
	}

	async refresh(): Promise<void> {
		clearTimeout(this.timer);
		const asking = (this.asking += 1);
		let wait = AFTER_FAILURE_MS;
		try {
			const answer = await read<MyCode | { declared: false }>('/me/code');
			await clockKnown();
			if (asking !== this.asking) return;
			this.take(answer);
			wait = this.untilNext();
		} catch (fault) {
			if (asking !== this.asking) return;
			const refused = fault instanceof Problem && [401, 403].includes(fault.document.status);
			this.standing = refused ? 'signed_out' : 'unknown';
			if (refused) await this.forget();
		}
		this.timer = setTimeout(() => this.refresh(), wait);
	}

	private take(answer: MyCode | { declared: false }): void {
		this.seenMs = nowMs();
		if (!answer.declared) {
			this.standing = 'not_declared';
			void this.forget();
			return;
		}
		this.code = answer;
		this.standing = 'known';
		void kept().then((here) => here?.put('phone', LAST, { code: answer, seenMs: this.seenMs }));
		void this.wallet.keepFor(answer.person);
		if (!this.events || this.events.readyState === EventSource.CLOSED) this.listen();
	}

	/** What an earlier page was told, until the server is heard. */
	private async remember(): Promise<void> {
		const here = await kept();
		const last = await here?.get<LastCode>('phone', LAST);
		if (!last || this.code || this.standing === 'signed_out' || this.standing === 'not_declared') return;
		[this.code, this.seenMs] = [last.code, last.seenMs];
	}

	private async forget(): Promise<void> {
		this.code = null;
		await (await kept())?.clear('phone');
		await this.wallet.empty();
	}

	private listen(): void {
		this.events = new EventSource('/api/v1/me/events');
		this.events.addEventListener('changed', (event) => {
			setClock({ now: (JSON.parse(event.data) as { at: string }).at }, monotonicMs(), monotonicMs());
			void this.refresh();
		});
		// A broken line is the first sign that the server is gone; asking tells. A line that was refused is not tried
		// again at once.
		this.events.addEventListener('error', () => {
			if (this.events?.readyState === EventSource.CLOSED) return;
			clearTimeout(this.timer);
			this.timer = setTimeout(() => this.refresh(), AFTER_BREAK_MS);
		});
	}

	private untilNext(): number {
		const now = nowMs();
		if (now === null || !this.code) return AT_MOST_MS;
		const { decision, pass } = this.code;
		const due = this.wallet.text ? [] : [Date.parse(pass.expires_at) - BEFORE_END_MS];
		if (decision.next_change_at) due.push(Date.parse(decision.next_change_at));
		const waits = due.map((at) => at - now).filter((wait) => wait > 0);
		return Math.max(500, Math.min(AT_MOST_MS, ...waits));
	}
}
