// How one issuer's keys are written: a list of keys with purpose, dates and state. Strict: unknown fields are refused by
// name, a key id must fit its key, and every point must lie on the curve.

import { bytesOf, FieldFault, fieldsOf, listOf, oneOf, regionOf, secondsOf } from './fields.ts';
import type { Bytes } from './bytes.ts';
import { isPoint, kidOf, pointOf } from './keys.ts';
import type { KeyLife, Purpose, Trust, TrustedKey } from './trust.ts';

export const FORMAT = 'healthcode-trust/1';

/** Room for more than ten thousand keys. */
const MOST_KEYS = 10_000;

/** A point with its id, which must fit. */
export async function namedPoint(key: Record<string, unknown>, where: string): Promise<{ kid: string; x: Bytes; y: Bytes }> {
	const [x, y] = [bytesOf(key.x, `${where}.x`, 32), bytesOf(key.y, `${where}.y`, 32)];
	if (!isPoint(x, y)) throw new FieldFault(`${where}: x and y are no point on P-256`);
	const kid = await kidOf(pointOf(x, y));
	if (key.kid !== kid) throw new FieldFault(`${where}.kid: this key's id is ${kid}`);
	return { kid, x, y };
}

const KEY_FIELDS = ['kid', 'purpose', 'x', 'y', 'from', 'until', 'state', 'since?'] as const;
const STATES = ['pending', 'active', 'retiring', 'withdrawn'] as const;

/** Reads one key of a list: `issuer`'s, or where that is null, the one it names. */
export async function readKey(value: unknown, issuer: string | null, where: string): Promise<TrustedKey> {
	const key = fieldsOf(value, issuer === null ? [...KEY_FIELDS, 'issuer'] : KEY_FIELDS, where);
	const point = await namedPoint(key, where);
	const state = oneOf(key.state, STATES, `${where}.state`);
	if (Object.hasOwn(key, 'since')) {
		if (state === 'pending' || state === 'active') throw new FieldFault(`${where}.since: only a retiring or withdrawn key has it`);
		secondsOf(key.since, `${where}.since`);
	}
	const life: KeyLife = { state, from: secondsOf(key.from, `${where}.from`), until: secondsOf(key.until, `${where}.until`) };
	if (life.from >= life.until) throw new FieldFault(`${where}: until must be after from`);
	const purpose = oneOf<Purpose>(key.purpose, ['pass', 'status'], `${where}.purpose`);
	return { ...point, purpose, issuer: issuer ?? regionOf(key.issuer, `${where}.issuer`), life };
}

/** Reads a list of keys, each listed once. */
export async function readKeys(value: unknown, issuer: string | null): Promise<TrustedKey[]> {
	const keys = new Map<string, TrustedKey>();
	for (const [at, listed] of listOf(value, MOST_KEYS, 'keys').entries()) {
		const key = await readKey(listed, issuer, `keys[${at}]`);
		if (keys.has(key.kid)) throw new FieldFault(`keys[${at}]: this key is listed before`);
		keys.set(key.kid, key);
	}
	return [...keys.values()];
}

/** Adds what a trust file says. */
export async function addTrustFile(value: unknown, trust: Trust): Promise<void> {
	const file = fieldsOf(value, ['format', 'issuer', 'keys'], 'trust file');
	if (file.format !== FORMAT) throw new FieldFault(`the format is not ${FORMAT}`);
	const issuer = regionOf(file.issuer, 'issuer');
	(await readKeys(file.keys, issuer)).forEach((key) => trust.add(key));
}
