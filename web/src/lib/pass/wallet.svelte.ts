// The code on a phone's screen, made on the phone itself: the pass in force, signed with the time every 20 seconds, whether
// there is a network or not. More passes are fetched quietly while there is one.

import { monotonicMs, nowMs, whenClockJumps } from '#lib/clock.ts';
import { present } from '#lib/credential/presentation.ts';
import { kept, type Kept } from '#lib/kept.ts';
import { backOffMs, isDue, lastsUntil, passAt, passesOf, type Held } from '#lib/pass/held.ts';
import { signWith } from '#lib/pass/keys.ts';
import { keepOnly, readHeld, renew } from '#lib/pass/renewal.ts';

const REDRAW_MS = 20_000;

/** A number from 0 to below 1. */
const share = () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;

export class Wallet {
	/** What to draw; null where this phone holds no pass that counts now. */
	text = $state<string | null>(null);
	/** Until when this phone can show a code without the network. */
	untilMs = $state<number | null>(null);
	/** Whether this browser can hold keys; null as long as that is not known. */
	able = $state<boolean | null>(null);
	/** Whose code is drawn; null for the owner's. */
	private shown: string | null = null;
	private here: Kept | null = null;
	private held: Held | null = null;
	private readonly mine = share();
	private failures = 0;
	private notBeforeMs = -Infinity;
	private busy = false;
	private drawing = 0;

	/** Begins to draw; returns how to stop. */
	start(): () => void {
		const draw = () => void this.draw();
		const timer = setInterval(draw, REDRAW_MS);
		const seen = () => document.visibilityState === 'visible' && draw();
		document.addEventListener('visibilitychange', seen);
		const deaf = whenClockJumps(draw);
		void this.open().then(draw);
		return () => {
			clearInterval(timer);
			document.removeEventListener('visibilitychange', seen);
			deaf();
		};
	}

	private async open(): Promise<void> {
		this.here ??= await kept();
		this.able = this.here !== null;
		this.held ??= this.here && (await readHeld(this.here).catch(() => null));
	}

	/** Draws anew. */
	async draw(): Promise<void> {
		const drawing = (this.drawing += 1);
		const now = nowMs();
		if (now === null) return;
		const passes = passesOf(this.held, this.shown ?? this.held?.person ?? '');
		const pass = passAt(passes, now);
		const text = pass && (await present(pass.text, now / 1000, (message) => signWith(pass.secret, message)).catch(() => null));
		if (drawing !== this.drawing) return;
		this.text = text;
		this.untilMs = pass && lastsUntil(passes, now);
	}

	/** Draws the code of somebody else on this phone; null for the owner's. */
	async show(person: string | null): Promise<void> {
		this.shown = person;
		// Never one person's code under another's name, not for a moment.
		this.text = null;
		await this.open();
		await this.draw();
	}

	/** The server just said whose phone this is, and whom it carries: fetches the passes that are due. */
	async keepFor(owner: string, people: readonly string[]): Promise<void> {
		await this.open();
		const now = nowMs();
		if (!this.here || now === null || this.busy) return;
		if (this.held && this.held.person !== owner) {
			this.held = null;
			await this.draw();
		}
		if (monotonicMs() < this.notBeforeMs) return;
		this.busy = true;
		try {
			await alone(() => this.fetchDue(this.here!, owner, people, now));
			this.failures = 0;
		} catch {
			this.failures += 1;
			this.notBeforeMs = monotonicMs() + backOffMs(this.failures, share());
		} finally {
			this.busy = false;
		}
	}

	/** One person after the other; what fails for one keeps no other waiting. */
	private async fetchDue(here: Kept, owner: string, people: readonly string[], now: number): Promise<void> {
		// Another page of this browser may have fetched meanwhile.
		this.held = await readHeld(here);
		if (this.held) this.held = await keepOnly(here, this.held, people);
		const faults: unknown[] = [];
		for (const person of people) {
			const counts = this.held?.person === owner ? passesOf(this.held, person) : [];
			if (!isDue(counts, now, this.mine)) continue;
			try {
				this.held = await renew(here, owner, person);
				await this.draw();
			} catch (fault) {
				faults.push(fault);
			}
		}
		if (faults.length > 0) throw faults[0];
	}

	/** Nobody has a code on this phone any more. */
	async empty(): Promise<void> {
		this.held = null;
		await this.draw();
	}
}

/** Of several pages of this browser one at a time. */
function alone<T>(act: () => Promise<T>): Promise<T> {
	return navigator.locks ? (navigator.locks.request('healthcode.passes', act) as Promise<T>) : act();
}
