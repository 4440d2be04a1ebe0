// The one source of time of all pages: the server's clock, carried on by the browser's monotonic one. The wall clock of
// the device is never read: it may be wrong, and it may be set on purpose.

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
let zone = 'Asia/Shanghai';
const waiting: (() => void)[] = [];
const onJump = new Set<() => void>();
/** A correction of more than this is a jump: the demo's clock was moved, or the device slept. */
const JUMP_MS = 5000;

/** Takes over what the server says its time is. */
export function setClock(clock: Pick<ServerClock, 'now'> & Partial<ServerClock>, sentMs: number, receivedMs: number): void {
	const before = reading?.at(receivedMs);
	reading = Reading.between(clock.now, sentMs, receivedMs);
	if (clock.zone) zone = clock.zone;
	waiting.splice(0).forEach((heard) => heard());
	if (before !== undefined && Math.abs(before - reading.at(receivedMs)) > JUMP_MS) onJump.forEach((act) => act());
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
