// One's own code, or that of somebody one answers for, kept current: told by the server, asked again when a change is
// due, and when the page is seen again.
// What the server has not confirmed lately has no colour here: the last answer is kept, and is said to be as of then.

import { Problem, read, type List } from '#lib/api.ts';
import { clockKnown, monotonicMs, nowMs, setClock, whenClockJumps } from '#lib/clock.ts';
import { kept } from '#lib/kept.ts';
import { Wallet } from '#lib/pass/wallet.svelte.ts';
import type { Colour, Dependant, MyCode } from '#lib/types.ts';

/** Asked again at least so often, in case no event comes through. */
const AT_MOST_MS = 60_000;
/** Asked again so soon after a failure. */
const AFTER_FAILURE_MS = 4_000;
/** Asked again so soon after the line of events broke. */
const AFTER_BREAK_MS = 500;
/** A new token is fetched so long before the old one ends. */
const BEFORE_END_MS = 25_000;
const LAST = 'code';
const DEPENDANTS = 'dependants';
const lastOf = (whose: string | null) => (whose === null ? LAST : `${LAST} ${whose}`);

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
	/** Whose code is on the screen; null for one's own. */
	whose = $state<string | null>(null);
	/** Whom one answers for. */
	dependants = $state<Dependant[]>([]);
	/** Whether one has a code of one's own; null as long as that is not known. */
	hasOwn = $state<boolean | null>(null);
	readonly wallet = new Wallet();
	/** The person of one's own code; empty where there is none. */
	private owner = '';
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
		void this.begin();
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

	private async begin(): Promise<void> {
		const here = await kept();
		this.dependants = (await here?.get<Dependant[]>('phone', DEPENDANTS)) ?? [];
		void this.remember();
		await Promise.all([this.refresh(), this.readDependants()]);
	}

	/** Shows the code of somebody else on this phone. */
	async turn(whose: string | null): Promise<void> {
		if (whose === this.whose) return;
		[this.whose, this.code, this.seenMs, this.standing] = [whose, null, null, 'loading'];
		await Promise.all([this.wallet.show(whose), this.remember(), this.refresh()]);
	}

	async refresh(): Promise<void> {
		clearTimeout(this.timer);
		const asking = (this.asking += 1);
		let wait = AFTER_FAILURE_MS;
		try {
			const path = this.whose === null ? '/me/code' : `/me/code?for=${this.whose}`;
			const answer = await read<MyCode | { declared: false }>(path);
			await clockKnown();
			if (asking !== this.asking) return;
			await this.take(answer);
			wait = this.untilNext();
		} catch (fault) {
			if (asking !== this.asking) return;
			if (fault instanceof Problem && fault.code === 'not_acting_for') return this.ended();
			const refused = fault instanceof Problem && [401, 403].includes(fault.document.status);
			this.standing = refused ? 'signed_out' : 'unknown';
			if (refused) await this.forget();
		}
		if (asking === this.asking) this.timer = setTimeout(() => this.refresh(), wait);
	}

	private async take(answer: MyCode | { declared: false }): Promise<void> {
		this.seenMs = nowMs();
		if (!answer.declared) return this.withoutOwn();
		if (this.whose === null) [this.owner, this.hasOwn] = [answer.person, true];
		this.code = answer;
		this.standing = 'known';
		const seenMs = this.seenMs;
		const key = lastOf(this.whose);
		void kept().then((here) => here?.put('phone', key, { code: answer, seenMs }));
		this.keepAll();
		if (!this.events || this.events.readyState === EventSource.CLOSED) this.listen();
	}

	/** One has no code of one's own: shows the first of those one answers for. */
	private async withoutOwn(): Promise<void> {
		[this.owner, this.hasOwn] = ['', false];
		await this.readDependants();
		const first = this.dependants[0];
		if (first) return this.turn(first.person);
		this.standing = 'not_declared';
		await this.forget();
	}

	/** One no longer answers for the person on the screen. */
	private async ended(): Promise<void> {
		const whose = this.whose;
		await this.takeDependants(this.dependants.filter(({ person }) => person !== whose));
		await this.turn(null);
	}

	private async readDependants(): Promise<void> {
		const list = await read<List<Dependant>>('/me/dependants').catch(() => null);
		if (list) await this.takeDependants(list.items);
	}

	private async takeDependants(dependants: Dependant[]): Promise<void> {
		const gone = this.dependants.filter(({ person }) => !dependants.some((one) => one.person === person));
		this.dependants = dependants;
		const here = await kept();
		await here?.put('phone', DEPENDANTS, $state.snapshot(dependants));
		await here?.remove('phone', gone.map(({ person }) => lastOf(person)));
		if (gone.some(({ person }) => person === this.whose)) await this.turn(null);
		else this.keepAll();
	}

	/** Fetches passes for everyone this phone carries; who is looked at does not matter. */
	private keepAll(): void {
		if (this.hasOwn === null) return;
		const own = this.owner ? [this.owner] : [];
		void this.wallet.keepFor(this.owner, [...own, ...this.dependants.map(({ person }) => person)]);
	}

	/** What an earlier page was told, until the server is heard. */
	private async remember(): Promise<void> {
		const whose = this.whose;
		const here = await kept();
		const last = await here?.get<LastCode>('phone', lastOf(whose));
		if (!last || this.code || whose !== this.whose || this.standing === 'signed_out' || this.standing === 'not_declared') return;
		[this.code, this.seenMs] = [last.code, last.seenMs];
	}

	private async forget(): Promise<void> {
		[this.code, this.dependants, this.whose] = [null, [], null];
		await (await kept())?.clear('phone');
		await this.wallet.empty();
	}

	private listen(): void {
		this.events = new EventSource('/api/v1/me/events');
		this.events.addEventListener('changed', (event) => {
			const { at, person } = JSON.parse(event.data) as { at: string; person?: string };
			setClock({ now: at }, monotonicMs(), monotonicMs());
			if (!person || person === this.code?.person) void this.refresh();
			// Whom one answers for may be what changed.
			void this.readDependants();
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
