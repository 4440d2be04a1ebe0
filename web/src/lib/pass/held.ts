// The passes a phone holds, and which of them counts now. Times are the server's, in milliseconds since 1970.

/** A pass and the key that presents it; the key is used for no other. */
export interface HeldPass {
	text: string;
	issuedAt: number;
	expiresAt: number;
	secret: CryptoKey;
}

/** What a phone holds. */
export interface Held {
	/** Whose phone it is; empty where its owner only carries the codes of others. */
	person: string;
	/** The key that asks for more; it appears in no code. */
	enrolment: CryptoKey;
	/** The owner's, in the order of their times. */
	passes: HeldPass[];
	/** The same for each person she answers for. */
	dependants?: Record<string, HeldPass[]>;
}

/** The passes of a person. */
export function passesOf(held: Held | null, person: string): HeldPass[] {
	return (person === held?.person ? held.passes : held?.dependants?.[person]) ?? [];
}

/** The same phone with other passes of a person. */
export function withPasses(held: Held, person: string, passes: HeldPass[]): Held {
	return person === held.person ? { ...held, passes } : { ...held, dependants: { ...held.dependants, [person]: passes } };
}

/** The same phone without the passes of whoever is not among `people`. */
export function only(held: Held, people: readonly string[]): Held {
	const kept = Object.entries(held.dependants ?? {}).filter(([person]) => people.includes(person));
	return { ...held, dependants: Object.fromEntries(kept) };
}

const [MINUTE_MS, HOUR_MS] = [60_000, 3_600_000];
/** Passes of the next two days are fetched, and when they last for less than a day more, the next. */
const [AHEAD_MS, LEAST_MS, PASS_MS] = [48 * HOUR_MS, 25 * HOUR_MS, 23 * HOUR_MS];
/** A gate's clock may be behind; so the pass before is shown a little longer. */
const SETTLED_MS = 2 * MINUTE_MS;
const MOST_KEYS = 4;

/** The pass to show now: the newest that every gate's clock has reached, else any that counts. */
export function passAt(passes: readonly HeldPass[], nowMs: number): HeldPass | null {
	const counts = passes.filter((pass) => pass.issuedAt <= nowMs && nowMs < pass.expiresAt);
	return counts.findLast((pass) => pass.issuedAt + SETTLED_MS <= nowMs) ?? counts.at(-1) ?? null;
}

/** Until when there is a pass for every moment from now on; now where there is none. */
export function lastsUntil(passes: readonly HeldPass[], nowMs: number): number {
	return passes.reduce((until, pass) => (pass.issuedAt <= until && pass.expiresAt > until ? pass.expiresAt : until), nowMs);
}

/** Whether more are wanted. `share`, from 0 to 1, spreads phones over an hour, so that they do not come at once. */
export function isDue(passes: readonly HeldPass[], nowMs: number, share: number): boolean {
	return lastsUntil(passes, nowMs) - nowMs < LEAST_MS - share * HOUR_MS;
}

/** For how many keys to ask. */
export function keysWanted(passes: readonly HeldPass[], nowMs: number): number {
	const missingMs = AHEAD_MS - (lastsUntil(passes, nowMs) - nowMs);
	return Math.min(MOST_KEYS, Math.max(1, Math.ceil(missingMs / PASS_MS)));
}

/** What is left when those that ended are dropped and new ones added. */
export function joined(passes: readonly HeldPass[], more: readonly HeldPass[], nowMs: number): HeldPass[] {
	return [...passes, ...more].filter((pass) => pass.expiresAt > nowMs).sort((one, other) => one.issuedAt - other.issuedAt);
}

/** How long to wait after so many failures in a row: from half a minute to an hour, spread by `share`. */
export function backOffMs(failures: number, share: number): number {
	return Math.min(HOUR_MS, 30_000 * 2 ** Math.min(failures - 1, 10)) * (0.5 + share);
}
