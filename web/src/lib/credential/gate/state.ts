// What a gate holds, and how it changes: bundles and status files are taken, and the clock is watched. Times in seconds
// since 1970.

import type { Bundle } from '../bundle.ts';
import { EARLIEST_S, LATEST_S } from '../presentation.ts';
import { Follower } from '../status/follower.ts';
import { open, type DayKey, type SignedNews } from '../status/seal.ts';
import type { Trust } from '../trust.ts';

/** Everything a gate knows without asking. */
export class GateState {
	/** The bundle's keys without those that any file called withdrawn. */
	trust: Trust;
	/** The region's colours; null before the first snapshot. */
	colours: Follower | null = null;
	/** As of when it is known which keys are withdrawn. */
	keysAt: number;
	/** As of when it is known that no newer bundle says otherwise what to do. */
	rulesAt: number;
	private latestSigned: number;
	private clockIsDoubted = false;

	/** A gate with a bundle that the server called its newest at `confirmedAt`, and no colours yet. */
	constructor(
		public bundle: Bundle,
		confirmedAt: number
	) {
		this.trust = bundle.trust([]);
		this.latestSigned = bundle.contents.issuedAt;
		[this.keysAt, this.rulesAt] = [confirmedAt, confirmedAt];
	}

	/** Takes the next bundle ([`Bundle.follow`] made it), or the same again, that the server called its newest then. */
	takeBundle(bundle: Bundle, confirmedAt: number): void {
		this.latestSigned = Math.max(this.latestSigned, bundle.contents.issuedAt);
		this.bundle = bundle;
		this.confirm(confirmedAt, true);
		this.renewTrust();
	}

	/**
	 * Opens a status file and takes it: the first must be a snapshot, and a newer snapshot may come at any time. What is refused
	 * changes nothing.
	 */
	async takeStatus(file: Uint8Array<ArrayBuffer>, keys: readonly DayKey[]): Promise<void> {
		this.take(await open(file, keys, this.trust));
	}

	/** Takes a status file that was opened with `trust`. */
	take(file: SignedNews): void {
		if (this.colours) this.colours.take(file);
		else this.colours = Follower.begin(this.bundle.contents.region, file);
		const { news } = file;
		this.latestSigned = Math.max(this.latestSigned, news.madeAt);
		this.confirm(news.madeAt, news.bundle <= this.bundle.contents.version);
		if (news.withdrawn.length > 0) this.renewTrust();
	}

	/** Tells the gate's clock beside the server's, both read at once. The clock is trusted again once they agree. */
	compareClock(own: number, server: number): void {
		const ahead = Math.floor(own) - Math.floor(server);
		this.clockIsDoubted = ahead < -EARLIEST_S || ahead > LATEST_S;
	}

	/** Tells two readings of the gate's clock, one after the other. A clock that went back is doubted until it agrees again. */
	watchClock(before: number, now: number): void {
		if (now < before - EARLIEST_S) this.clockIsDoubted = true;
	}

	/** The clock is wrong when it is more than 15 seconds before signed time that was seen, as a phone's may be, or is doubted. */
	clockIsWrong(at: number): boolean {
		return this.clockIsDoubted || at < this.latestSigned - EARLIEST_S;
	}

	private confirm(at: number, rulesToo: boolean): void {
		this.keysAt = Math.max(this.keysAt, at);
		if (rulesToo) this.rulesAt = Math.max(this.rulesAt, at);
	}

	private renewTrust(): void {
		this.trust = this.bundle.trust(this.colours?.withdrawn ?? []);
	}
}
