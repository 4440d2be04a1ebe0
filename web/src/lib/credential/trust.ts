// Whose signatures count, for what, and when; laid out for look-up by key id.

import { equal, type Bytes } from './bytes.ts';
import { importPoint, pointOf } from './keys.ts';
import { later, Refusal, type Reason } from './outcome.ts';

/** What a key may sign. A key has one purpose. */
export type Purpose = 'pass' | 'status';

/** When the signatures of a key are accepted, in seconds since 1970, and whether it is withdrawn, which is final. */
export interface KeyLife {
	state: 'pending' | 'active' | 'retiring' | 'withdrawn';
	from: number;
	until: number;
}

/** One key as one file lists it. */
export interface TrustedKey {
	/** The first 8 bytes of SHA-256 of its point, in hexadecimal digits. */
	kid: string;
	x: Bytes;
	y: Bytes;
	purpose: Purpose;
	/** For whom it signs. */
	issuer: string;
	life: KeyLife;
}

/** Two different keys with one id. */
export class KeyClash extends Error {}

/** A key, and everything that files say of it. */
export class Known {
	private ready: Promise<CryptoKey> | null = null;
	readonly listings: TrustedKey[] = [];
	/** Called withdrawn by something that came after the files. */
	withdrawn = false;

	constructor(
		readonly x: Bytes,
		readonly y: Bytes
	) {}

	key(): Promise<CryptoKey> {
		return (this.ready ??= importPoint(pointOf(this.x, this.y)));
	}

	get isWithdrawn(): boolean {
		return this.withdrawn || this.listings.some(({ life }) => life.state === 'withdrawn');
	}

	/**
	 * Purpose, then issuer, then dates. A pending key is accepted once it is in force: its first passes may reach a gate
	 * before the file that calls it active.
	 */
	mayHaveSigned(purpose: Purpose, issuer: string, at: number): void {
		let fault: Reason = 'key_purpose';
		for (const listing of this.listings.filter((listing) => listing.purpose === purpose)) {
			const { issuer: its, life } = listing;
			const one = its !== issuer ? 'key_issuer' : at < life.from ? 'key_not_yet_in_force' : at >= life.until ? 'key_no_longer_in_force' : null;
			if (one === null) return;
			// The listing that got furthest tells why.
			fault = later(fault, one);
		}
		throw new Refusal(fault);
	}
}

/** Trusted keys of any number of issuers. */
export class Trust {
	private readonly keys = new Map<string, Known>();

	/**
	 * Adds one key. What is already there stays: a key is accepted if some listing accepts it, and it is withdrawn if any
	 * listing says so, so that adding can never undo a withdrawal.
	 */
	add(key: TrustedKey): void {
		const known = this.keys.get(key.kid) ?? new Known(key.x, key.y);
		if (!equal(known.x, key.x) || !equal(known.y, key.y)) throw new KeyClash(key.kid);
		known.listings.push(key);
		this.keys.set(key.kid, known);
	}

	/** From now on nothing that this key signed counts. */
	withdraw(kid: string): void {
		const known = this.keys.get(kid);
		if (known) known.withdrawn = true;
	}

	known(kid: string): Known | null {
		return this.keys.get(kid) ?? null;
	}

	get size(): number {
		return this.keys.size;
	}
}
