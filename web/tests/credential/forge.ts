// Passes and status files put together byte by byte, right and wrong, by code that shares nothing with the library's writer.

import { encode } from '#lib/credential/base45.ts';
import { concat, utf8, type Bytes } from '#lib/credential/bytes.ts';
import { kidOf } from '#lib/credential/keys.ts';
import { Trust, type Purpose } from '#lib/credential/trust.ts';
import { verify, type Verdict } from '#lib/credential/verify.ts';

/** 2020-02-11T09:00:00+08:00. */
export const ISSUED = 1_581_382_800;
const ES256 = { name: 'ECDSA', hash: 'SHA-256' } as const;

export const bytes = (...values: (number | string | ArrayLike<number>)[]): Bytes =>
	concat(...values.map((value) => (typeof value === 'number' ? Uint8Array.of(value) : typeof value === 'string' ? utf8(value) : Uint8Array.from(value))));

/** The head of an item, as short as can be. */
export function head(major: number, value: number): Bytes {
	const first = major << 5;
	if (value < 24) return bytes(first | value);
	if (value < 0x100) return bytes(first | 24, value);
	if (value < 0x1_0000) return bytes(first | 25, [value >> 8, value & 255]);
	return bytes(first | 26, u32(value));
}
export const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
export const bstr = (content: ArrayLike<number>): Bytes => bytes(head(2, content.length), content);
export const tstr = (text: string): Bytes => bytes(head(3, utf8(text).length), text);
export const textOf = (content: Bytes): string => `EPC1:${encode(content)}`;

export interface Signer {
	kid: string;
	point: Bytes;
	sign(message: Bytes): Promise<Bytes>;
}

export async function newSigner(): Promise<Signer> {
	const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
	const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
	const sign = async (message: Bytes) => new Uint8Array(await crypto.subtle.sign(ES256, pair.privateKey, message));
	return { kid: await kidOf(point), point, sign };
}

export function trusting(signer: Signer, purpose: Purpose = 'pass', issuer = '330100'): Trust {
	const trust = new Trust();
	const life = { state: 'active' as const, from: ISSUED - 86_400, until: ISSUED + 90 * 86_400 };
	trust.add({ kid: signer.kid, x: signer.point.slice(1, 33), y: signer.point.slice(33), purpose, issuer, life });
	return trust;
}

const fromHex = (digits: string): number[] => (digits.match(/../g) ?? []).map((pair) => parseInt(pair, 16));

export const issuer = (): Bytes => bytes(1, tstr('330100'));
const time = (key: number, seconds: number) => bytes([key, 0x1a], u32(seconds));
export const exp = (): Bytes => time(4, ISSUED + 90);
export const iat = (): Bytes => time(6, ISSUED);
export const status = (): Bytes => bytes([0x3a, 0, 1, 0, 0, 0x82, 0x19], [18_303 >> 8, 18_303 & 255], 0x1a, u32(4_000_000_000));
export const payloadOf = (...parts: ArrayLike<number>[]): Bytes => bytes(...parts);

/** The parts of an envelope, each a CBOR item of its own; every one can be replaced before it is signed. */
export class Forge {
	tag = bytes(0xd2);
	array = bytes(0x84);
	protected: Bytes;
	unprotected = bytes(0xa0);
	payload = bytes(0xa4, issuer(), exp(), iat(), status());
	after = bytes();

	constructor(readonly signer: Signer) {
		this.protected = bytes([0xa2, 1, 0x28, 4, 0x48], fromHex(signer.kid));
	}

	signature(): Promise<Bytes> {
		return this.signer.sign(bytes(0x84, tstr('Signature1'), bstr(this.protected), 0x40, bstr(this.payload)));
	}

	async content(signature?: Bytes): Promise<Bytes> {
		const last = signature ?? bstr(await this.signature());
		return bytes(this.tag, this.array, bstr(this.protected), this.unprotected, bstr(this.payload), last, this.after);
	}

	/** With another last item than the right signature, if one is given. */
	async text(signature?: Bytes): Promise<string> {
		return textOf(await this.content(signature));
	}

	async verdict(signature?: Bytes): Promise<Verdict> {
		return verify(await this.text(signature), trusting(this.signer), ISSUED + 1);
	}

	/** The stable code the text is refused with. */
	async refusal(signature?: Bytes): Promise<string> {
		return codeOf(await this.verdict(signature));
	}
}

export const codeOf = (verdict: Verdict): string => (verdict.outcome === 'valid' ? 'valid' : verdict.reason);

/** A sorted list of indexes as Rice-coded gaps, bit by bit. */
export function gapsOf(size: number, indexes: readonly number[]): Bytes {
	const k = Math.floor(Math.log2(Math.max(1, Math.floor(size / Math.max(1, indexes.length)))));
	const written: number[] = [];
	let filled = 0;
	const put = (bit: number) => {
		if (filled % 8 === 0) written.push(0);
		written[written.length - 1]! |= bit << filled % 8;
		filled += 1;
	};
	let next = 0;
	for (const index of indexes) {
		const gap = index - next;
		next = index + 1;
		for (let ones = Math.floor(gap / 2 ** k); ones > 0; ones -= 1) put(1);
		put(0);
		for (let bit = 0; bit < k; bit += 1) put((gap >>> bit) & 1);
	}
	return Uint8Array.from(written);
}

export interface NewsParts {
	kind: 0 | 1 | 2;
	region: string;
	number: number;
	previous: ArrayLike<number>;
	madeAt: number;
	bundle: number;
	withdrawn: Bytes[];
	/** day, size, and the indexes that become green, yellow, red, undecided. */
	days: [number, number, number[][]][];
}

export function newsOf(parts: NewsParts): Bytes {
	const days = parts.days.map(([day, size, lists]) =>
		bytes(0x86, head(0, day), head(0, size), ...lists.map((list) => bytes(0x82, head(0, list.length), bstr(gapsOf(size, list)))))
	);
	const lead = bytes(0x89, tstr('status'), parts.kind, tstr(parts.region), head(0, parts.number), bstr(parts.previous));
	const rest = bytes(head(0, parts.madeAt), head(0, parts.bundle), head(4, parts.withdrawn.length), ...parts.withdrawn.map(bstr));
	return bytes(lead, rest, head(4, days.length), ...days);
}

/** Signs content and encrypts it under the key of a day. */
export async function sealed(content: Bytes, signer: Signer, day: number, secret: Bytes): Promise<Bytes> {
	const forge = new Forge(signer);
	forge.payload = content;
	const lead = bytes('EPS1', u32(day));
	const nonce = new Uint8Array(12).fill(3);
	const key = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt']);
	const inside = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: lead }, key, await forge.content());
	return bytes(lead, nonce, new Uint8Array(inside));
}
