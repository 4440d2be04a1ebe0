// A checker's desk: what was scanned, what came of it. Everything here is forgotten with the page.

import { Problem, write } from '#lib/api.ts';
import { monotonicMs, nowMs } from '#lib/clock.ts';
import { play } from '#lib/gate/sound.ts';
import { remembered, remember } from '#lib/remember.ts';
import { troubleOf, type Trouble } from '#lib/trouble.ts';
import type { Scan } from '#lib/types.ts';

export type Action = Scan['action'];
export type Direction = 'in' | 'out' | 'passing';

/** A verdict on the screen. `scan` is null where the server could not be reached: then nothing is decided. */
export interface Shown {
	key: number;
	action: Action;
	scan: Scan | null;
	atMs: number | null;
}

/** The same code within this time is the same showing of it. */
const TWICE_MS = 3000;
/** A gate does not wait longer for an answer. */
const PATIENCE_MS = 3000;
const LAST = 10;

export class Gate {
	direction = $state<Direction>(remembered('gate.direction', ['in', 'out', 'passing']));
	muted = $state(remembered('gate.sound', ['on', 'off']) === 'off');
	point = $state<string | null>(null);
	shown = $state.raw<Shown | null>(null);
	last = $state.raw<Shown[]>([]);
	trouble = $state<Trouble | null>(null);
	activated = $state(false);
	busy = $state(false);
	private count = 0;
	private code = '';
	private scannedMs = -Infinity;

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
		const body = { code, direction: this.direction, ...(this.point ? { point: this.point } : {}) };
		try {
			const scan = await write<Scan>('/scans', body, 'POST', PATIENCE_MS);
			if (mine === this.count) this.show(scan.action, scan);
		} catch (fault) {
			if (mine !== this.count) return;
			this.show('ask', null);
			if (fault instanceof Problem) this.trouble = troubleOf(fault);
		} finally {
			if (mine === this.count) [this.busy, this.scannedMs] = [false, monotonicMs()];
		}
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

	private show(action: Action, scan: Scan | null): void {
		this.shown = { key: this.count, action, scan, atMs: nowMs() };
		this.last = [this.shown, ...this.last].slice(0, LAST);
		if (!this.muted) play(action);
	}
}
