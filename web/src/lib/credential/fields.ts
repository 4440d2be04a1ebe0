// Reads what was written as JSON: every field is known, none comes twice, and each is what it must be.

import { fromBase64url, type Bytes } from './bytes.ts';
import { isRegion } from './region.ts';

/** What was written is not as it must be; the message says where. */
export class FieldFault extends Error {}

export type Fields = Record<string, unknown>;

/** An object with these fields and no other; those whose names end with `?` may be absent. */
export function fieldsOf(value: unknown, names: readonly string[], where: string): Fields {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new FieldFault(`${where}: not an object`);
	const wanted = new Set(names.map((name) => name.replace('?', '')));
	const strange = Object.keys(value).find((name) => !wanted.has(name));
	if (strange !== undefined) throw new FieldFault(`${where}: the field ${strange} is not known`);
	const missing = names.find((name) => !name.endsWith('?') && !Object.hasOwn(value, name));
	if (missing !== undefined) throw new FieldFault(`${where}: the field ${missing} is missing`);
	return value as Fields;
}

/** An instant in seconds since 1970, from its RFC 3339 text. */
export function secondsOf(value: unknown, where: string): number {
	const shape = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;
	const ms = typeof value === 'string' && shape.test(value) ? Date.parse(value.replace(' ', 'T').toUpperCase()) : NaN;
	if (Number.isNaN(ms)) throw new FieldFault(`${where}: no time with an offset`);
	return ms / 1000;
}

export function oneOf<W extends string>(value: unknown, words: readonly W[], where: string): W {
	const word = words.find((word) => word === value);
	if (!word) throw new FieldFault(`${where}: none of ${words.join(', ')}`);
	return word;
}

export function listOf(value: unknown, most: number, where: string): unknown[] {
	if (!Array.isArray(value) || value.length > most) throw new FieldFault(`${where}: no list of at most ${most}`);
	return value;
}

/** A whole number from `least` to `most`. */
export function wholeOf(value: unknown, least: number, most: number, where: string): number {
	const fits = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
	if (!fits) throw new FieldFault(`${where}: none of ${least} to ${most}`);
	return value;
}

export function textOf(value: unknown, where: string): string {
	if (typeof value !== 'string') throw new FieldFault(`${where}: no text`);
	return value;
}

export function regionOf(value: unknown, where: string): string {
	const text = textOf(value, where);
	if (!isRegion(text)) throw new FieldFault(`${where}: no region code`);
	return text;
}

export function bytesOf(value: unknown, where: string, length?: number): Bytes {
	const bytes = fromBase64url(textOf(value, where));
	if (!bytes || (length !== undefined && bytes.length !== length)) throw new FieldFault(`${where}: not ${length ?? ''} bytes in base64url without padding`);
	return bytes;
}

/** Parses JSON; refuses fields that come twice, of which the last would win, and numbers that are not whole. */
export function parseStrictly(text: string, where: string): unknown {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw new FieldFault(`${where}: no JSON`);
	}
	// Whoever got here has well-formed JSON, so that its tokens tell its shape.
	const open: (Set<string> | null)[] = [];
	let name = '';
	for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]|-?\d[\d.eE+-]*/g)) {
		if (token === '{') open.push(new Set());
		else if (token === '[') open.push(null);
		else if (token === '}' || token === ']') open.pop();
		else if (token === ':') {
			const names = open.at(-1)!;
			const said = JSON.parse(name) as string;
			if (names.has(said)) throw new FieldFault(`${where}: the field ${said} comes twice`);
			names.add(said);
		} else if (token.startsWith('"')) name = token;
		else if (!/^\d+$/.test(token)) throw new FieldFault(`${where}: ${token} is no whole number`);
	}
	return value;
}
