// What the screen of a place shows: codes for ten minutes ahead, so that a short outage does not empty it.

import { read } from '#lib/api.ts';
import { nowMs } from '#lib/clock.ts';
import { shownAt, type ScreenCode } from '#lib/gate/screen_code.ts';
import type { Text } from '#lib/language.svelte.ts';
import { loadSession } from '#lib/session.svelte.ts';
import { troubleOf, type Trouble } from '#lib/trouble.ts';
import type { Session } from '#lib/types.ts';

export interface Screen {
	place: Text;
	codes: ScreenCode[];
}

/** How often new codes are asked for. */
const EVERY_MS = 30_000;

export class PlaceScreen {
	screen = $state.raw<Screen | null>(null);
	trouble = $state<Trouble | null>(null);
	/** Who is signed in, once the server said it. */
	who = $state.raw<Session | null | undefined>(undefined);

	/** @param named the point that the address names, for officers, who stand at none. */
	constructor(private readonly named: string | null) {}

	get point(): string | null {
		return this.named ?? this.who?.point?.point ?? null;
	}

	get may(): boolean {
		return this.who?.role === 'checker' || this.who?.role === 'officer';
	}

	private async load(): Promise<void> {
		try {
			if (this.who === undefined) this.who = await loadSession();
			if (!this.may || this.point === null) return;
			this.screen = await read<Screen>(`/points/${encodeURIComponent(this.point)}/screen`);
			this.trouble = null;
		} catch (fault) {
			this.trouble = troubleOf(fault);
		}
	}

	/** Loads again and again, whatever went wrong before; returns how to stop. */
	start(): () => void {
		void this.load();
		const timer = setInterval(() => void this.load(), EVERY_MS);
		return () => clearInterval(timer);
	}

	/** When the last code that is held goes. */
	get lasts(): string | null {
		return this.screen?.codes.at(-1)?.until ?? null;
	}

	shown(): ScreenCode | null {
		return shownAt(this.screen?.codes ?? [], nowMs());
	}
}
