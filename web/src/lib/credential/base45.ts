// Base45 as RFC 9285 has it, to the letter: two bytes are three characters, one byte is two, and every text has one
// reading or none.

import type { Bytes } from './bytes.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const VALUES = new Map(Array.from(ALPHABET, (char, value) => [char.charCodeAt(0), value]));

/** Writes bytes as Base45. */
export function encode(bytes: Bytes): string {
	let text = '';
	const put = (value: number) => (text += ALPHABET[Math.floor(value) % 45]);
	for (let at = 0; at < bytes.length; at += 2) {
		const pair = at + 1 < bytes.length;
		const value = pair ? bytes[at]! * 256 + bytes[at + 1]! : bytes[at]!;
		put(value);
		put(value / 45);
		if (pair) put(value / 2025);
	}
	return text;
}

/** Reads Base45; null for a character outside the alphabet, a group too large for its bytes, or one character left over. */
export function decode(text: string): Bytes | null {
	const tail = text.length % 3;
	if (tail === 1) return null;
	const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (tail === 2 ? 1 : 0));
	let to = 0;
	for (let at = 0; at < text.length; at += 3) {
		const length = Math.min(3, text.length - at);
		let value = 0;
		for (let place = length - 1; place >= 0; place -= 1) {
			const digit = VALUES.get(text.charCodeAt(at + place));
			if (digit === undefined) return null;
			value = value * 45 + digit;
		}
		if (value > (length === 3 ? 65_535 : 255)) return null;
		if (length === 3) bytes[to++] = value >> 8;
		bytes[to++] = value & 255;
	}
	return bytes;
}
