// How one issuer's keys are written: a list of keys with purpose, dates and state. Strict: unknown fields are refused by
// name, a key id must fit its key, and every point must lie on the curve.

import { fromBase64url, type Bytes } from './bytes.ts';
import { isPoint, kidOf, pointOf } from './keys.ts';
import { isRegion } from './region.ts';
import type { KeyLife, Purpose, Trust, TrustedKey } from './trust.ts';

export const FORMAT = 'healthcode-trust/1';

/** A file is refused; nothing of it is trusted. */
export class TrustFault extends Error {}

type Fields = Record<string, unknown>;

/** An object with these fields and no other; those whose names end with `?` may be absent. */
export function fieldsOf(value: unknown, names: readonly string[], where: string): Fields {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TrustFault(`${where}: not an object`);
	const wanted = new Set(names.map((name) => name.replace('?', '')));
	const strange = Object.keys(value).find((name) => !wanted.has(name));
	if (strange !== undefined) throw new TrustFault(`${where}: the field ${strange} is not known`);
	const missing = names.find((name) => !name.endsWith('?') && !(name in value));
	if (missing !== undefined) throw new TrustFault(`${where}: the field ${missing} is missing`);
	return value as Fields;
}

/** An instant in seconds since 1970, from its RFC 3339 text. */
export function secondsOf(value: unknown, where: string): number {
	const shape = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;
	const ms = typeof value === 'string' && shape.test(value) ? Date.parse(value.replace(' ', 'T').toUpperCase()) : NaN;
	if (Number.isNaN(ms)) throw new TrustFault(`${where}: no time with an offset`);
	return ms / 1000;
}

function oneOf<W extends string>(value: unknown, words: readonly W[], where: string): W {
	const word = words.find((word) => word === value);
	if (!word) throw new TrustFault(`${where}: none of ${words.join(', ')}`);
	return word;
}

function coordinate(value: unknown, where: string): Bytes {
	const bytes = typeof value === 'string' ? fromBase64url(value) : null;
	if (bytes?.length !== 32) throw new TrustFault(`${where}: not 32 bytes in base64url without padding`);
	return bytes;
}

const KEY_FIELDS = ['kid', 'purpose', 'x', 'y', 'from', 'until', 'state', 'since?'] as const;
const STATES = ['pending', 'active', 'retiring', 'withdrawn'] as const;

/** Reads one key of a list. */
export async function readKey(value: unknown, issuer: string, where: string): Promise<TrustedKey> {
	const key = fieldsOf(value, KEY_FIELDS, where);
	const [x, y] = [coordinate(key.x, `${where}.x`), coordinate(key.y, `${where}.y`)];
	if (!isPoint(x, y)) throw new TrustFault(`${where}: x and y are no point on P-256`);
	const kid = await kidOf(pointOf(x, y));
	if (key.kid !== kid) throw new TrustFault(`${where}.kid: this key's id is ${kid}`);
	const state = oneOf(key.state, STATES, `${where}.state`);
	if ('since' in key) {
		if (state === 'pending' || state === 'active') throw new TrustFault(`${where}.since: only a retiring or withdrawn key has it`);
		secondsOf(key.since, `${where}.since`);
	}
	const life: KeyLife = { state, from: secondsOf(key.from, `${where}.from`), until: secondsOf(key.until, `${where}.until`) };
	if (life.from >= life.until) throw new TrustFault(`${where}: until must be after from`);
	return { kid, x, y, purpose: oneOf<Purpose>(key.purpose, ['pass', 'status'], `${where}.purpose`), issuer, life };
}

/** Adds what a trust file says. */
export async function addTrustFile(value: unknown, trust: Trust): Promise<void> {
	const file = fieldsOf(value, ['format', 'issuer', 'keys'], 'trust file');
	if (file.format !== FORMAT) throw new TrustFault(`the format is not ${FORMAT}`);
	if (typeof file.issuer !== 'string' || !isRegion(file.issuer)) throw new TrustFault('issuer: no region code');
	if (!Array.isArray(file.keys)) throw new TrustFault('keys: no list');
	const keys: TrustedKey[] = [];
	for (const [at, listed] of file.keys.entries()) {
		const key = await readKey(listed, file.issuer, `keys[${at}]`);
		if (keys.some(({ kid }) => kid === key.kid)) throw new TrustFault(`keys[${at}]: this key is listed before`);
		keys.push(key);
	}
	keys.forEach((key) => trust.add(key));
}
