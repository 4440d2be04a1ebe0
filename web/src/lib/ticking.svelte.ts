// The server's time as a page shows it, a few times a second.

import { nowMs } from '#lib/clock.ts';

export class Ticking {
	now = $state<number | null>(nowMs());

	constructor(everyMs = 250) {
		$effect(() => {
			const timer = setInterval(() => (this.now = nowMs()), everyMs);
			return () => clearInterval(timer);
		});
	}
}
