// What the screen of a place shows: codes for ten minutes ahead, so that a short outage does not empty it.

import { read } from '#lib/api.ts';
import { nowMs } from '#lib/clock.ts';
import { shownAt, type ScreenCode } from '#lib/gate/screen_code.ts';
import type { Text } from '#lib/language.svelte.ts';
import { troubleOf, type Trouble } from '#lib/trouble.ts';

export interface Screen {
	place: Text;
	codes: ScreenCode[];
}

/** How often new codes are asked for. */
const EVERY_MS = 60_000;

export class PlaceScreen {
	screen = $state.raw<Screen | null>(null);
	trouble = $state<Trouble | null>(null);

	constructor(private readonly point: () => string | null) {}

	async load(): Promise<void> {
		const point = this.point();
		if (point === null) return;
		try {
			[this.screen, this.trouble] = [await read<Screen>(`/points/${encodeURIComponent(point)}/screen`), null];
		} catch (fault) {
			this.trouble = troubleOf(fault);
		}
	}

	/** Loads again and again; returns how to stop. */
	start(): () => void {
		void this.load();
		const timer = setInterval(() => void this.load(), EVERY_MS);
		return () => clearInterval(timer);
	}

	shown(): ScreenCode | null {
		return shownAt(this.screen?.codes ?? [], nowMs());
	}
}
