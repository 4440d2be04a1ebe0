// Fetches passes: enrols this phone where it has no key, or its key counts no more, and asks for what the next two days need.

import { Problem, readClock, write } from '#lib/api.ts';
import { clockKnown, nowMs, rfc3339 } from '#lib/clock.ts';
import { toBase64url, utf8 } from '#lib/credential/bytes.ts';
import type { Kept } from '#lib/kept.ts';
import { joined, keysWanted, lastsUntil, only, passesOf, withPasses, type Held, type HeldPass } from '#lib/pass/held.ts';
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

/** Enrols; the server withdraws the passes of everyone this phone carried, so none is kept. */
async function enrol(here: Kept, owner: string): Promise<Held> {
	const { secret, point } = await newKey();
	await write('/me/enrolment', { key: toBase64url(point) });
	const held = { person: owner, enrolment: secret, passes: [] };
	await here.put('phone', HELD, held);
	return held;
}

async function ask(held: Held, person: string): Promise<HeldPass[]> {
	const atMs = await now();
	const keys = await Promise.all(Array.from({ length: keysWanted(passesOf(held, person), atMs) }, newKey));
	const points = keys.map(({ point }) => toBase64url(point));
	const madeAt = rfc3339(atMs);
	const whom = person === held.person ? {} : { for: person };
	const lines = ['EPC1 renewal', madeAt, ...Object.values(whom), ...points];
	const signature = toBase64url(await signWith(held.enrolment, utf8(lines.join('\n'))));
	const { passes } = await write<PassesAnswer>('/me/passes', { made_at: madeAt, ...whom, device_keys: points, signature });
	return passes.map(({ text, issued_at, expires_at }, at) => {
		return { text, issuedAt: Date.parse(issued_at), expiresAt: Date.parse(expires_at), secret: keys[at]!.secret };
	});
}

async function askAndKeep(here: Kept, held: Held, person: string): Promise<Held> {
	const more = await ask(held, person).catch(async (fault: unknown) => {
		if (!(fault instanceof Problem) || fault.code !== 'renewal_time') throw fault;
		await readClock();
		return ask(held, person);
	});
	const full = withPasses(held, person, joined(passesOf(held, person), more, await now()));
	await here.put('phone', HELD, full);
	return full;
}

/** The server knows this phone by another key, or by none. */
const isStranger = (fault: unknown) => fault instanceof Problem && (fault.code === 'not_enrolled' || fault.code === 'renewal_signature');

/** Fetches what `person` needs on the phone of `owner`; what comes is kept before it counts. */
export async function renew(here: Kept, owner: string, person = owner): Promise<Held> {
	const known = await readHeld(here);
	if (known?.person !== owner) return askAndKeep(here, await enrol(here, owner), person);
	try {
		const held = await askAndKeep(here, known, person);
		const atMs = await now();
		// Nothing came though it is needed: the server takes the passes whose answer was lost to be here.
		if (lastsUntil(passesOf(held, person), atMs) - atMs > HOUR_MS) return held;
	} catch (fault) {
		if (!isStranger(fault)) throw fault;
	}
	return askAndKeep(here, await enrol(here, owner), person);
}

/** Forgets the passes of whoever is not among `people`. */
export async function keepOnly(here: Kept, held: Held, people: readonly string[]): Promise<Held> {
	if (Object.keys(held.dependants ?? {}).every((person) => people.includes(person))) return held;
	const left = only(held, people);
	await here.put('phone', HELD, left);
	return left;
}
