// What a phone draws: its pass, the time, and its own signature over both, made anew every 20 seconds.
//
// `EPC1:` and then Base45 of [<< the pass >>, time, r || s]; the signature is over ["EPC1 presentation", << the pass >>,
// time]. The first byte, 0x83 and not 0xD2, tells a presentation from a bare pass.

import { decode, encode } from './base45.ts';
import type { Bytes } from './bytes.ts';
import { Reader, Writer } from './cbor.ts';
import { YEAR_2200_S } from './claims.ts';
import { inside, Refusal } from './outcome.ts';

/** How every pass begins; the `1` is the version of the format. */
export const PREFIX = 'EPC1:';
/** A presentation is accepted until the gate's clock is so many seconds after its time (decision 0011). */
export const LATEST_S = 90;
/** A presentation is accepted from when the gate's clock is so many seconds before its time. */
export const EARLIEST_S = 15;
const CONTEXT = 'EPC1 presentation';

/** A presentation taken apart; neither of its signatures is checked yet. */
export interface Presentation {
	pass: Bytes;
	/** Seconds since 1970. */
	time: number;
	signature: Bytes;
}

/** Whether bytes are meant to be one. */
export function isPresentation(bytes: Bytes): boolean {
	return bytes[0] === 0x83;
}

/** Reads what [`present`] writes, and nothing else. */
export function readPresentation(bytes: Bytes): Presentation {
	const input = new Reader(bytes);
	const read = <T>(act: () => T) => inside('presentation', act);
	read(() => input.array(3));
	const pass = read(() => input.bytes());
	const time = read(() => input.uint());
	const signature = inside('signature_length', () => input.bytesOf(64));
	read(() => input.end());
	if (time >= YEAR_2200_S) throw new Refusal('time_range');
	return { pass, time, signature };
}

/** The bytes a phone signs when it presents a pass. */
export function presentedBytes(pass: Bytes, time: number): Bytes {
	const out = new Writer();
	out.array(3);
	out.text(CONTEXT);
	out.bytes(pass);
	out.int(time);
	return out.end();
}

/** The text of a pass with a device key, signed by that device at `at` seconds; null when the text is no pass. */
export async function present(text: string, at: number, sign: (message: Bytes) => Promise<Bytes>): Promise<string | null> {
	const pass = text.startsWith(PREFIX) ? decode(text.slice(PREFIX.length)) : null;
	const time = Math.floor(at);
	if (pass === null || time < 0 || time >= YEAR_2200_S) return null;
	const signature = await sign(presentedBytes(pass, time));
	const out = new Writer();
	out.array(3);
	out.bytes(pass);
	out.int(time);
	out.bytes(signature);
	return PREFIX + encode(out.end());
}
