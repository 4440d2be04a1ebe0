// A checker's desk: what was scanned, what came of it. The server is asked; where it does not answer at once, the gate judges
// alone, and keeps what it scanned for the server. Nothing else outlives the page.

import { Problem, Unreachable, write } from '#lib/api.ts';
import { monotonicMs, nowMs, rfc3339 } from '#lib/clock.ts';
import type { Judgement } from '#lib/credential/gate/judge.ts';
import { Alone } from '#lib/gate/alone.svelte.ts';
import { play, shake } from '#lib/gate/sound.ts';
import { remembered, remember } from '#lib/remember.ts';
import { troubleOf, type Trouble } from '#lib/trouble.ts';
import type { Scan } from '#lib/types.ts';

export type Action = Scan['action'];
export type Direction = 'in' | 'out' | 'passing';

/** A verdict on the screen. `scan` is null where neither the server nor the gate could say anything. */
export interface Shown {
	key: number;
	action: Action;
	scan: Scan | null;
	/** What the gate judged alone. */
	judgement: Judgement | null;
	atMs: number | null;
}

/** The same code within this time is the same showing of it. */
const TWICE_MS = 3000;
/** A gate does not wait longer for an answer; and not so long where it can judge alone. */
const [PATIENCE_MS, ALONE_AFTER_MS] = [3000, 1500];
const LAST = 10;

export class Gate {
	direction = $state<Direction>(remembered('gate.direction', ['in', 'out', 'passing']));
	muted = $state(remembered('gate.sound', ['on', 'off']) === 'off');
	point = $state<string | null>(null);
	/** What the checker wrote of where at the place, while the page is open. */
	where = $state('');
	/** The same as it is noted; empty where nothing is written, null where it cannot be noted. */
	readonly part = $derived(partOf(this.where));
	shown = $state.raw<Shown | null>(null);
	last = $state.raw<Shown[]>([]);
	trouble = $state<Trouble | null>(null);
	activated = $state(false);
	busy = $state(false);
	private count = 0;
	private code = '';
	private scannedMs = -Infinity;

	constructor(readonly alone = new Alone()) {}

	turn(direction: Direction): void {
		this.direction = direction;
		remember('gate.direction', direction);
	}

	mute(muted: boolean): void {
		this.muted = muted;
		remember('gate.sound', muted ? 'off' : 'on');
	}

	async scan(text: string): Promise<void> {
		const code = text.trim();
		const at = monotonicMs();
		if (!code || (code === this.code && at - this.scannedMs < TWICE_MS)) return;
		[this.code, this.scannedMs] = [code, at];
		const mine = (this.count += 1);
		this.begin();
		try {
			await this.decide(code, mine);
		} finally {
			if (mine === this.count) [this.busy, this.scannedMs] = [false, monotonicMs()];
		}
	}

	private async decide(code: string, mine: number): Promise<void> {
		// The same name with the server and while it waits: an answer that was lost makes no second scan.
		const id = scanId();
		const body = { code, direction: this.direction, ...(this.point ? { point: this.point } : {}), ...this.noted() };
		const judged = this.alone.ready ? this.alone.judge(code) : null;
		let fault: unknown = new Unreachable();
		// A server that did not answer a moment ago is not waited for; the gate goes on asking for it by itself.
		if (!judged || (this.alone.reachable && navigator.onLine !== false)) {
			try {
				const scan = await write<Scan>('/scans', body, 'POST', judged ? ALONE_AFTER_MS : PATIENCE_MS, id);
				if (mine === this.count) this.show(scan.action, scan);
				return;
			} catch (found) {
				fault = found;
			}
		}
		const refused = fault instanceof Problem && fault.document.status < 500;
		const judgement = refused ? null : await judged;
		if (!refused && judged) this.alone.lost();
		if (judgement) await this.keep(id, code, judgement);
		if (mine !== this.count) return;
		if (judgement) return this.show(judgement.action, asScan(judgement), judgement);
		this.show('ask', null);
		if (fault instanceof Problem) this.trouble = troubleOf(fault);
	}

	/** Keeps a scan that the gate made alone, before anything is shown. */
	private async keep(id: string, code: string, { verdict, reason, colour, action }: Judgement): Promise<void> {
		const [now, point] = [nowMs(), this.alone.point];
		if (now === null || !point) return;
		const said = { verdict, reason, colour: colour === 'undecided' ? 'pending' : colour, action };
		await this.alone.waiting.add(point.id, { id, code, direction: this.direction, scanned_at: rfc3339(now), ...said, ...this.noted() });
	}

	private noted(): { part?: string } {
		return this.part ? { part: this.part } : {};
	}

	/** The document was compared with the code on the screen, and is this person's. */
	async activate(): Promise<void> {
		const code = this.code;
		this.trouble = null;
		this.busy = true;
		try {
			await write('/activations', { code }, 'POST', PATIENCE_MS);
			this.activated = true;
			this.code = '';
			const scan = this.shown?.scan;
			if (scan) this.shown = { ...this.shown!, scan: { ...scan, activation: 'active' } };
		} catch (fault) {
			this.trouble = troubleOf(fault);
		} finally {
			this.busy = false;
		}
	}

	private begin(): void {
		[this.shown, this.trouble, this.activated, this.busy] = [null, null, false, true];
	}

	private show(action: Action, scan: Scan | null, judgement: Judgement | null = null): void {
		this.shown = { key: this.count, action, scan, judgement, atMs: nowMs() };
		this.last = [this.shown, ...this.last].slice(0, LAST);
		if (!this.muted) play(action);
		shake(action);
	}
}

/** The part of a place as the server takes it, out of what somebody wrote. */
export function partOf(text: string): string | null {
	const part = text.trim().replaceAll(/\s+/g, '-');
	return /^[\p{Alphabetic}\p{N}/-]{0,20}$/u.test(part) ? part : null;
}

/** A random name of 32 hexadecimal digits. */
function scanId(): string {
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What a gate judged alone, as the server would say it. */
function asScan({ verdict, reason, colour, action, paper }: Judgement): Scan {
	const shown = colour === 'undecided' ? 'pending' : colour;
	const who = { masked_name: paper?.name ?? null, document_last_four: paper?.lastFour ?? null };
	return { verdict, reason, colour: shown, action, activation: null, ...who, visit: null, scanned_at: '' };
}
