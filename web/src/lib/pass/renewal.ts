// Fetches passes: enrols this phone where it has no key, or its key counts no more, and asks for what the next two days need.

import { Problem, readClock, write } from '#lib/api.ts';
import { clockKnown, nowMs, rfc3339 } from '#lib/clock.ts';
import { toBase64url, utf8 } from '#lib/credential/bytes.ts';
import type { Kept } from '#lib/kept.ts';
import { joined, keysWanted, lastsUntil, type Held, type HeldPass } from '#lib/pass/held.ts';
import { newKey, signWith } from '#lib/pass/keys.ts';

const HELD = 'held';
const HOUR_MS = 3_600_000;

interface PassesAnswer {
	passes: { text: string; issued_at: string; expires_at: string }[];
}

export function readHeld(here: Kept): Promise<Held | null> {
	return here.get<Held>('phone', HELD);
}

async function now(): Promise<number> {
	await clockKnown();
	return nowMs()!;
}

async function enrol(here: Kept, person: string): Promise<Held> {
	const { secret, point } = await newKey();
	await write('/me/enrolment', { key: toBase64url(point) });
	const held = { person, enrolment: secret, passes: [] };
	await here.put('phone', HELD, held);
	return held;
}

async function ask(held: Held): Promise<HeldPass[]> {
	const atMs = await now();
	const keys = await Promise.all(Array.from({ length: keysWanted(held.passes, atMs) }, newKey));
	const points = keys.map(({ point }) => toBase64url(point));
	const madeAt = rfc3339(atMs);
	const signature = await signWith(held.enrolment, utf8(`EPC1 renewal\n${madeAt}\n${points.join('\n')}`));
	const { passes } = await write<PassesAnswer>('/me/passes', { made_at: madeAt, device_keys: points, signature: toBase64url(signature) });
	return passes.map(({ text, issued_at, expires_at }, at) => {
		return { text, issuedAt: Date.parse(issued_at), expiresAt: Date.parse(expires_at), secret: keys[at]!.secret };
	});
}

async function askAndKeep(here: Kept, held: Held): Promise<Held> {
	const more = await ask(held).catch(async (fault: unknown) => {
		if (!(fault instanceof Problem) || fault.code !== 'renewal_time') throw fault;
		await readClock();
		return ask(held);
	});
	const full = { ...held, passes: joined(held.passes, more, await now()) };
	await here.put('phone', HELD, full);
	return full;
}

/** The server knows this phone by another key, or by none. */
const isStranger = (fault: unknown) => fault instanceof Problem && (fault.code === 'not_enrolled' || fault.code === 'renewal_signature');

/** Fetches what `person` on this phone needs; what comes is kept before it counts. */
export async function renew(here: Kept, person: string): Promise<Held> {
	const known = await readHeld(here);
	if (known?.person !== person) return askAndKeep(here, await enrol(here, person));
	try {
		const held = await askAndKeep(here, known);
		const atMs = await now();
		// Nothing came though it is needed: the server takes the passes whose answer was lost to be here.
		if (lastsUntil(held.passes, atMs) - atMs > HOUR_MS) return held;
	} catch (fault) {
		if (!isStranger(fault)) throw fault;
	}
	return askAndKeep(here, await enrol(here, person));
}
