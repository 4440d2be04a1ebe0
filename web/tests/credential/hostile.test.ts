// Rightly signed, wrongly written: the profile accepts one encoding and no other.

import { beforeAll, expect, test } from 'vitest';
import { decode } from '#lib/credential/base45.ts';
import { CborFault, Reader } from '#lib/credential/cbor.ts';
import { utf8, type Bytes } from '#lib/credential/bytes.ts';
import { verify } from '#lib/credential/verify.ts';
import { bstr, bytes, codeOf, exp, Forge, iat, issuer, ISSUED, newSigner, status, textOf, trusting, tstr, u32, type Signer } from './forge.ts';

let signer: Signer;
beforeAll(async () => {
	signer = await newSigner();
});

/** What becomes of the pass when one part of it is replaced before signing. */
function refused(change: (forge: Forge) => void): Promise<string> {
	const forge = new Forge(signer);
	change(forge);
	return forge.refusal();
}
const payload = (...parts: (number | string | ArrayLike<number>)[]) => refused((forge) => (forge.payload = bytes(...parts)));

test('the forge itself makes a valid pass', async () => {
	expect(await new Forge(signer).refusal()).toBe('valid');
});

test('only tag eighteen is taken', async () => {
	expect(await refused((f) => (f.tag = bytes()))).toBe('tag');
	expect(await refused((f) => (f.tag = bytes(0xd1)))).toBe('tag');
	expect(await refused((f) => (f.tag = bytes([0xd8, 61, 0xd2])))).toBe('tag');
	expect(await refused((f) => (f.tag = bytes([0xd8, 18])))).toBe('cbor_not_deterministic');
	expect(await refused((f) => (f.tag = bytes([0xd2, 0xd2])))).toBe('envelope');
});

test('indefinite lengths are refused', async () => {
	const array = (f: Forge) => ([f.array, f.after] = [bytes(0x9f), bytes(0xff)]);
	expect(await refused(array)).toBe('cbor_not_deterministic');
	expect(await refused((f) => (f.unprotected = bytes([0xbf, 0xff])))).toBe('cbor_not_deterministic');
	expect(await payload(0xbf, issuer(), exp(), iat(), status(), 0xff)).toBe('cbor_not_deterministic');
	expect(await payload(0xa4, [1, 0x7f], tstr('330100'), 0xff, exp(), iat(), status())).toBe('cbor_not_deterministic');
	expect(await refused((f) => (f.protected = bytes(0xbf, f.protected.slice(1), 0xff)))).toBe('cbor_not_deterministic');
});

test('longer integers than needed are refused', async () => {
	expect(await refused((f) => (f.array = bytes([0x98, 4])))).toBe('cbor_not_deterministic');
	expect(await refused((f) => (f.protected = bytes([0xa2, 1, 0x38, 8], f.protected.slice(3))))).toBe('cbor_not_deterministic');
	expect(await payload(0xa4, issuer(), 0x18, exp(), iat(), status())).toBe('cbor_not_deterministic');
	expect(await payload(0xa4, issuer(), [4, 0x1b, 0, 0, 0, 0], exp().slice(2), iat(), status())).toBe('cbor_not_deterministic');
	const forge = new Forge(signer);
	expect(await forge.refusal(bytes([0x59, 0, 64], await forge.signature()))).toBe('cbor_not_deterministic');
	for (const long of [[0x18, 23], [0x19, 0, 255], [0x1a, 0, 0, 255, 255], [0x1b, 0, 0, 0, 0, 255, 255, 255, 255]]) {
		expect(() => new Reader(bytes(long)).uint()).toThrow(new CborFault('not_deterministic'));
	}
	expect(new Reader(bytes([0x18, 24])).uint()).toBe(24);
	expect(() => new Reader(bytes(0x1c)).uint()).toThrow(new CborFault('unexpected'));
});

test('a length beyond the bytes reserves nothing', () => {
	const huge = bytes(0x5b, new Uint8Array(8).fill(255), 1);
	expect(() => new Reader(huge).bytes()).toThrow(new CborFault('short'));
});

test('doubled, unknown, missing and unordered keys are refused', async () => {
	expect(await payload(0xa5, issuer(), issuer(), exp(), iat(), status())).toBe('claims');
	expect(await payload(0xa5, issuer(), exp(), exp(), iat(), status())).toBe('claims');
	expect(await payload(0xa5, issuer(), exp(), iat(), status(), status())).toBe('claims');
	expect(await payload(0xa4, issuer(), iat(), exp(), status())).toBe('claims');
	expect(await payload(0xa3, issuer(), exp(), iat())).toBe('claims');
	expect(await payload(0xa5, issuer(), [2, 0x61, 0x41], exp(), iat(), status())).toBe('claims');
	expect(await refused((f) => (f.protected = bytes([0xa3, 1, 0x28], f.protected.slice(1))))).toBe('protected_header');
	expect(await refused((f) => (f.protected = bytes(0xa2, f.protected.slice(3), [1, 0x28])))).toBe('protected_header');
});

test('headers hold exactly the algorithm and the key id', async () => {
	expect(await refused((f) => (f.unprotected = bytes([0xa1, 1, 0x28])))).toBe('unprotected_header');
	expect(await refused((f) => (f.unprotected = bytes(0xf6)))).toBe('unprotected_header');
	const onlyUnprotected = (f: Forge) => ([f.protected, f.unprotected] = [bytes(0xa1, f.protected.slice(3)), bytes([0xa1, 1, 0x28])]);
	expect(await refused(onlyUnprotected)).toBe('protected_header');
	expect(await refused((f) => (f.protected = bytes()))).toBe('cbor_short');
	expect(await refused((f) => (f.protected = bytes(0xa0)))).toBe('protected_header');
	expect(await refused((f) => (f.protected = bytes([0xa2, 1, 0x28, 4, 0x47], new Uint8Array(7))))).toBe('protected_header');
	expect(await refused((f) => (f.protected = bytes([0xa2, 1, 0x28, 4, 0x49], new Uint8Array(9))))).toBe('protected_header');
	expect(await refused((f) => (f.protected = bytes(f.protected, 0)))).toBe('cbor_trailing');
});

test('every other algorithm is unsupported', async () => {
	// ES256, EdDSA, Ed25519, ESP384, PS256, and an unregistered one.
	for (const alg of [[0x26], [0x27], [0x32], [0x38, 50], [0x38, 36], [0x18, 99]]) {
		const forge = new Forge(signer);
		forge.protected = bytes([0xa2, 1], alg, forge.protected.slice(3));
		expect(await forge.verdict()).toEqual({ outcome: 'unsupported', reason: 'algorithm' });
	}
	expect(await refused((f) => (f.protected = bytes([0xa2, 1], tstr('ES256'), f.protected.slice(3))))).toBe('protected_header');
});

test('bytes after the end and a cut end are refused', async () => {
	expect(await refused((f) => (f.after = bytes(0)))).toBe('cbor_trailing');
	expect(await refused((f) => (f.payload = bytes(f.payload, 0xf6)))).toBe('cbor_trailing');
	const text = await new Forge(signer).text();
	const trust = trusting(signer);
	for (let end = 5; end < text.length; end += 1) expect((await verify(text.slice(0, end), trust, ISSUED + 1)).outcome).toBe('malformed');
});

test('a signature in DER or of zeros is refused', async () => {
	const forge = new Forge(signer);
	const raw = await forge.signature();
	const der = bytes([0x30, 0x44, 2, 0x20], raw.slice(0, 32), [2, 0x20], raw.slice(32));
	expect(await forge.refusal(bstr(der))).toBe('signature_length');
	expect(await forge.refusal(bstr(raw.slice(0, 63)))).toBe('signature_length');
	expect((await forge.verdict(bstr(new Uint8Array(64)))).outcome).toBe('bad_signature');
	expect((await forge.verdict(bstr(bytes(raw.slice(0, 32), new Uint8Array(32))))).outcome).toBe('bad_signature');
});

test('claims of another type or range are refused', async () => {
	const wide = (value: bigint) => new Uint8Array(new BigUint64Array([value]).buffer).reverse();
	const float = new Uint8Array(new Float64Array([ISSUED + 90]).buffer).reverse();
	expect(await payload(0xa4, issuer(), [4, 0xfb], float, iat(), status())).toBe('claims');
	expect(await payload(0xa4, issuer(), exp(), [6, 0x20], status())).toBe('claims');
	expect(await payload(0xa4, issuer(), [4, 0x1b], wide(1_581_382_890_000n), iat(), status())).toBe('time_range');
	expect(await payload(0xa4, issuer(), [4, 0x1b], wide(2n ** 64n - 1n), iat(), status())).toBe('time_range');
	expect(await payload(0xa4, issuer(), [4, 0x1a], u32(ISSUED + 91), iat(), status())).toBe('lifetime');
	expect(await payload(0xa4, issuer(), [4, 0x1a], u32(ISSUED), iat(), status())).toBe('lifetime');
	for (const bad of [tstr('hangzh'), bytes([0x62, 0xff, 0xfe]), tstr('')]) expect(await payload(0xa4, 1, bad, exp(), iat(), status())).toBe('issuer');
	const reference = (...value: number[]) => payload(0xa4, issuer(), exp(), iat(), [0x3a, 0, 1, 0, 0], value);
	expect(await reference(0x82, 0x20, 1)).toBe('status_reference');
	expect(await reference(0x83, 1, 1, 1)).toBe('status_reference');
	expect(await reference(0x82, 0x1a, 0, 1, 0x48, 0x26, 1)).toBe('status_reference');
	expect(await reference(0x82, 1, 0x1b, 0, 0, 0, 1, 0, 0, 0, 0)).toBe('status_reference');
});

test('a device key has one shape', async () => {
	const x = new Uint8Array(32).fill(7);
	const key = (lead: number[], ...tail: ArrayLike<number>[]) => payload(0xa5, issuer(), exp(), iat(), 8, [0xa1, 1, 0xa4], lead, x, ...tail, status());
	expect(await key([1, 2, 0x20, 1, 0x21, 0x58, 32], [0x22, 0xf5])).toBe('valid');
	expect(await key([1, 1, 0x20, 1, 0x21, 0x58, 32], [0x22, 0xf5])).toBe('device_key');
	expect(await key([1, 2, 0x20, 2, 0x21, 0x58, 32], [0x22, 0xf5])).toBe('device_key');
	expect(await key([1, 2, 0x20, 1, 0x21, 0x58, 32], [0x22, 0xf6])).toBe('device_key');
	expect(await key([1, 2, 0x20, 1, 0x21, 0x58, 32], [0x22, 0x58, 32], x)).toBe('device_key');
	expect(await payload(0xa5, issuer(), exp(), iat(), [8, 0xa0], status())).toBe('device_key');
});

test('deep nesting is refused at its first level', async () => {
	for (const nest of [0x81, 0xa1, 0xc1, 0xd2]) {
		const nested = new Uint8Array(200).fill(nest);
		expect(await refused((f) => (f.unprotected = nested))).toBe('unprotected_header');
		expect(await payload(nested)).toBe('claims');
	}
	expect(codeOf(await verify(textOf(new Uint8Array(600).fill(0xd2)), trusting(signer), ISSUED + 1))).toBe('envelope');
});

test('paper says number, name and four characters, and nothing else', async () => {
	const [number, name, four] = [bstr(utf8('12345678')), tstr('张**'), tstr('001X')];
	const with_ = (...value: (number | Bytes)[]) => payload(0xa4, issuer(), exp(), iat(), [0x3a, 0, 1, 0, 1], ...value);
	const three = (a: Bytes, b: Bytes, c: Bytes) => with_(0x83, a, b, c);
	expect(await three(number, name, four)).toBe('valid');
	expect(await three(number.slice(0, 8), name, four)).toBe('paper');
	expect(await three(number, tstr(''), four)).toBe('paper');
	expect(await three(number, tstr('Zhang***X'), four)).toBe('paper');
	expect(await three(number, bytes([0x62, 0xff, 0xfe]), four)).toBe('paper');
	expect(await three(number, tstr('A\n*'), four)).toBe('paper');
	expect(await three(number, name, tstr('001x'))).toBe('paper');
	expect(await three(number, name, tstr('001'))).toBe('paper');
	expect(await with_(0x84, number, name, four, four)).toBe('paper');
	expect(await with_(0x83, number, name, four, four)).toBe('cbor_trailing');
});

test('a group too large for its bytes, lower case and a lone character are no Base45', () => {
	expect([decode('U5'), decode('FGW')]).toEqual([bytes(255), bytes([255, 255])]);
	for (const bad of ['V5', '::', 'GGW', 'BB8:::', 'BB8b', 'BB8B', 'Bb8', '码', 'BB8码']) expect(decode(bad), bad).toBeNull();
});
