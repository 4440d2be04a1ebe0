// What carries a pass: a phone with a key of its own, a phone that can hold none, or paper. Each is good for as long as
// it is hard to copy.

import { fromUtf8, utf8, type Bytes } from './bytes.ts';
import type { Reader, Writer } from './cbor.ts';
import { inside, Refusal } from './outcome.ts';

/** The claim keys of our own; CWT leaves keys below -65536 to private use (RFC 8392, 9.1.1). */
export const STATUS_CLAIM = -65_537;
export const PAPER_CLAIM = -65_538;
const LONGEST_NAME_BYTES = 8;

/** Where a pass stands in the issuer's status tables: the table of its issue day (days since 1970), and the place in it. */
export interface StatusReference {
	day: number;
	index: number;
}

/** A device's P-256 key, as its compressed point: x and the lowest bit of y. */
export interface DeviceKey {
	x: Bytes;
	yIsOdd: boolean;
}

/** What a paper pass says beyond its issuer and its dates. */
export interface Paper {
	/** What the issuer looks it up by. */
	number: Bytes;
	/** First character and stars, to be compared with the document. */
	name: string;
	/** Last characters of the document, to be compared with it. */
	lastFour: string;
}

export type Bearer =
	| { kind: 'phone'; status: StatusReference; device: DeviceKey }
	| { kind: 'token'; status: StatusReference }
	| { kind: 'paper'; paper: Paper };

/** Seconds that a pass lives at most: 24 hours on a phone, 90 seconds as a token, six weeks on paper. */
export const LONGEST_LIFE_S: Record<Bearer['kind'], number> = { phone: 86_400, token: 90, paper: 42 * 86_400 };

export function readStatus(input: Reader): StatusReference {
	const [day, index] = inside('status_reference', () => {
		input.array(2);
		return [input.uint(), input.uint()] as const;
	});
	if (day > 0x7fff_ffff || index > 0xffff_ffff) throw new Refusal('status_reference');
	return { day, index };
}

/** The confirmation (RFC 8747, 3.2): method 1, a COSE_Key of type EC2 (2) on curve P-256 (1) (RFC 9053, 7.1). */
export function readDevice(input: Reader): DeviceKey {
	return inside('device_key', () => {
		input.mapOf(1);
		input.key(1);
		input.mapOf(4);
		for (const value of [1, 2, -1, 1, -2]) input.key(value);
		const x = input.bytesOf(32);
		input.key(-3);
		return { x, yIsOdd: input.bool() };
	});
}

function isMaskedName(text: string): boolean {
	const length = utf8(text).length;
	return length >= 1 && length <= LONGEST_NAME_BYTES && !/\p{Cc}/u.test(text);
}

export function readPaper(input: Reader): Paper {
	const read = <T>(act: () => T) => inside('paper', act);
	const text = () => {
		const text = fromUtf8(read(() => input.text()));
		if (text === null) throw new Refusal('paper');
		return text;
	};
	read(() => input.array(3));
	const number = read(() => input.bytesOf(8));
	const [name, lastFour] = [text(), text()];
	if (!isMaskedName(name) || !/^[0-9A-Z]{4}$/.test(lastFour)) throw new Refusal('paper');
	return { number, name, lastFour };
}

export function writeBearer(bearer: Bearer, out: Writer): void {
	if (bearer.kind === 'paper') {
		out.int(PAPER_CLAIM);
		out.array(3);
		out.bytes(bearer.paper.number);
		out.text(bearer.paper.name);
		out.text(bearer.paper.lastFour);
		return;
	}
	if (bearer.kind === 'phone') writeDevice(bearer.device, out);
	out.int(STATUS_CLAIM);
	out.array(2);
	out.int(bearer.status.day);
	out.int(bearer.status.index);
}

function writeDevice(device: DeviceKey, out: Writer): void {
	out.int(8);
	out.map(1);
	out.int(1);
	out.map(4);
	for (const value of [1, 2, -1, 1, -2]) out.int(value);
	out.bytes(device.x);
	out.int(-3);
	out.bool(device.yIsOdd);
}
