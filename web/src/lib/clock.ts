// The one source of time of all pages: the server's clock, carried on by the browser's monotonic one. The wall clock of
// the device may be wrong, and it may be set on purpose; so it is read for one thing only: how much time went by while this
// page was closed or the device slept, and nobody could be asked.

export interface ServerClock {
	now: string;
	zone: string;
	demo: boolean;
}

/** The server's time at one reading of the monotonic clock, both in milliseconds. */
export class Reading {
	constructor(
		readonly serverMs: number,
		readonly monotonicMs: number
	) {}

	/** A reading whose request took from `sentMs` to `receivedMs`: the answer was made about half-way. */
	static between(now: string, sentMs: number, receivedMs: number): Reading {
		return new Reading(Date.parse(now), (sentMs + receivedMs) / 2);
	}

	at(monotonicMs: number): number {
		return this.serverMs + (monotonicMs - this.monotonicMs);
	}
}

let reading: Reading | null = null;
/** The wall clock at the reading. */
let wallMs = 0;
let confirmed = false;
let zone = 'Asia/Shanghai';
const waiting: (() => void)[] = [];
const onJump = new Set<() => void>();
/** A correction of more than this is a jump: the demo's clock was moved, or the device slept. */
const JUMP_MS = 5000;

const KEPT = 'healthcode.clock';
/** What an earlier page kept: the wall clock's error, and the latest time that was known. */
interface KeptClock {
	aheadMs: number;
	lastMs: number;
	zone: string;
}

function keptClock(): KeptClock | null {
	try {
		const kept = JSON.parse(globalThis.localStorage?.getItem(KEPT) ?? 'null') as KeptClock | null;
		return kept && Number.isFinite(kept.aheadMs) && Number.isFinite(kept.lastMs) ? kept : null;
	} catch {
		return null;
	}
}

/** The latest time that any page on this device knew, as of the start of this one; null where none was kept. */
export const knownBeforeMs: number | null = keptClock()?.lastMs ?? null;

/** Keeps the time for a page that opens without the server. */
export function keepClock(): void {
	const now = nowMs();
	if (now === null || !confirmed) return;
	try {
		globalThis.localStorage?.setItem(KEPT, JSON.stringify({ aheadMs: Date.now() - now, lastMs: now, zone }));
	} catch {
		// A browser that keeps nothing opens with the server only.
	}
}

function begin(next: Reading): void {
	[reading, wallMs] = [next, Date.now()];
	waiting.splice(0).forEach((heard) => heard());
}

/** Takes over what the server says its time is. */
export function setClock(clock: Pick<ServerClock, 'now'> & Partial<ServerClock>, sentMs: number, receivedMs: number): void {
	const before = reading?.at(receivedMs);
	confirmed = true;
	if (clock.zone) zone = clock.zone;
	const next = Reading.between(clock.now, sentMs, receivedMs);
	begin(next);
	keepClock();
	if (before !== undefined && Math.abs(before - next.at(receivedMs)) > JUMP_MS) onJump.forEach((act) => act());
}

/** Goes on from the kept time where the server has not been heard yet. */
export function restoreClock(): void {
	const kept = reading ? null : keptClock();
	if (!kept) return;
	zone = kept.zone;
	begin(new Reading(Date.now() - kept.aheadMs, performance.now()));
}

/** The page is seen again. A monotonic clock may stand still while a device sleeps; then the wall clock went on. */
export function woke(): void {
	const now = nowMs();
	if (!reading || now === null) return;
	const sleptMs = Date.now() - wallMs - (now - reading.serverMs);
	if (sleptMs > 1000) begin(new Reading(now + sleptMs, performance.now()));
}

/** Whether the server's time has been heard since this page opened. */
export function clockIsConfirmed(): boolean {
	return confirmed;
}

/** Milliseconds of a monotonic clock, for measuring how long something took. */
export function monotonicMs(): number {
	return performance.now();
}

/** The server's time in milliseconds since 1970, or null as long as the server has not been heard. */
export function nowMs(): number | null {
	return reading && reading.at(performance.now());
}

/** Done once the server's time is known. */
export function clockKnown(): Promise<void> {
	return reading ? Promise.resolve() : new Promise((heard) => waiting.push(heard));
}

/** Calls `act` whenever the time jumps; returns how to stop that. */
export function whenClockJumps(act: () => void): () => void {
	onJump.add(act);
	return () => onJump.delete(act);
}

/** The zone in which every time is shown. */
export function zoneName(): string {
	return zone;
}

/** An instant as RFC 3339 has it, in UTC. */
export function rfc3339(atMs: number): string {
	return new Date(atMs).toISOString();
}

/** An instant as `YYYY-MM-DDTHH:MM` in the zone, for a form's field; empty where it is none. */
export function asLocalInput(at: string | number): string {
	const ms = typeof at === 'number' ? at : Date.parse(at);
	if (Number.isNaN(ms)) return '';
	const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
	return parts.format(ms).replace(' ', 'T');
}

/** The present time for a form's field, `offsetMs` from now. */
export function localInput(offsetMs = 0): string {
	const at = nowMs();
	return at === null ? '' : asLocalInput(at + offsetMs);
}

/** The number of the calendar day in the zone. */
export function dayNumber(atMs: number): number {
	return Date.parse(`${asLocalInput(atMs).slice(0, 10)}T00:00Z`) / 86_400_000;
}

/** How far the zone is ahead of UTC at an instant, in minutes. */
function offsetMinutes(atMs: number): number {
	const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
	return Math.round((Date.parse(`${shown.format(atMs).replace(' ', 'T')}Z`) - atMs) / 60_000);
}

/** A field's `YYYY-MM-DDTHH:MM` in the zone as an RFC 3339 time; null where it is none. */
export function fromLocalInput(text: string): string | null {
	const asUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? Date.parse(`${text}:00Z`) : NaN;
	if (Number.isNaN(asUtc)) return null;
	// The offset is wanted at the instant itself, which the offset leads to; the second step settles days of changing clocks.
	const offsetMin = offsetMinutes(asUtc - offsetMinutes(asUtc) * 60_000);
	const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
	const size = Math.abs(offsetMin);
	return `${text}:00${offsetMin < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`;
}
