// What is written is read back whole, and bears no change.

import { beforeAll, expect, test } from 'vitest';
import { decode, encode } from '#lib/credential/base45.ts';
import type { Bearer } from '#lib/credential/bearer.ts';
import { fromBase64url, toBase64url, type Bytes } from '#lib/credential/bytes.ts';
import { Reader, Writer } from '#lib/credential/cbor.ts';
import { readClaims, writeClaims, type Claims } from '#lib/credential/claims.ts';
import { decompress, isPoint } from '#lib/credential/keys.ts';
import { present } from '#lib/credential/presentation.ts';
import { verify } from '#lib/credential/verify.ts';
import { bstr, bytes, codeOf, Forge, ISSUED, newSigner, textOf, trusting, type Signer } from './forge.ts';
import { Seeded } from './seeded.ts';

let [signer, device]: Signer[] = [];
beforeAll(async () => {
	[signer, device] = [await newSigner(), await newSigner()];
});
const deviceKey = () => ({ x: device!.point.slice(1, 33), yIsOdd: (device!.point[64]! & 1) === 1 });

test('every byte string has one text in Base45 and in base64url, and every accepted text is the one we write', () => {
	const chance = new Seeded(1);
	for (let round = 0; round < 500; round += 1) {
		const some = chance.bytes(chance.below(200));
		expect(decode(encode(some))).toEqual(some);
		expect(fromBase64url(toBase64url(some))).toEqual(some);
		const text = Array.from({ length: chance.below(40) }, () => chance.of([...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'])).join('');
		const read = decode(text);
		if (read) expect(encode(read)).toBe(text);
	}
	expect([encode(bytes('AB')), encode(bytes('Hello!!')), encode(bytes('base-45'))]).toEqual(['BB8', '%69 VD92EX0', 'UJCLQE7W581']);
	for (const bad of ['A', 'AB', 'AA=', 'A+A', 'AAB']) expect(fromBase64url(bad), bad).toBeNull();
});

test('an integer is read as it was written', () => {
	const chance = new Seeded(2);
	for (let round = 0; round < 500; round += 1) {
		const value = Math.floor(chance.below(2 ** 32) * 2 ** (chance.below(52) - 31)) * chance.of([1, -1]);
		const out = new Writer();
		out.int(value);
		const input = new Reader(out.end());
		expect(input.int()).toBe(value + 0);
		input.end();
	}
});

function anyBearer(chance: Seeded): Bearer {
	const status = { day: chance.below(84_006), index: chance.below(2 ** 32) };
	const paper = { number: chance.bytes(8), name: chance.of(['张**', 'W***', '欧**', '𠀀***']), lastFour: chance.of(['001X', '1234', 'ZZZZ']) };
	return chance.of<Bearer>([{ kind: 'phone', status, device: deviceKey() }, { kind: 'token', status }, { kind: 'paper', paper }]);
}

test('claims are read back as they were written', () => {
	const chance = new Seeded(3);
	for (let round = 0; round < 500; round += 1) {
		const bearer = anyBearer(chance);
		const issuedAt = chance.below(2 ** 32);
		const most = { phone: 86_400, token: 90, paper: 3_628_800 }[bearer.kind];
		const claims: Claims = { issuer: chance.of(['330100', '330106001001', 'IT']), issuedAt, expiresAt: issuedAt + 1 + chance.below(most), bearer };
		expect(readClaims(writeClaims(claims))).toEqual(claims);
	}
});

test('changed claims are refused, or are the only writing of what they say', async () => {
	const chance = new Seeded(4);
	const trust = trusting(signer!);
	for (let round = 0; round < 400; round += 1) {
		const forge = new Forge(signer!);
		const changed = [...forge.payload];
		const place = chance.below(changed.length);
		const how = chance.below(3);
		changed.splice(place, how === 1 ? 0 : 1, ...(how === 2 ? [] : [chance.below(256)]));
		forge.payload = bytes(changed);
		const text = await forge.text();
		for (const at of [ISSUED, ISSUED + 60, 0]) {
			const verdict = await verify(text, trust, at);
			if (verdict.outcome === 'valid') expect(writeClaims(verdict.claims)).toEqual(forge.payload);
		}
	}
});

test('no text and no bytes make it fail otherwise than by a reason', async () => {
	const chance = new Seeded(5);
	const trust = trusting(signer!);
	for (let round = 0; round < 300; round += 1) {
		expect((await verify(textOf(chance.bytes(chance.below(300))), trust, ISSUED)).outcome).not.toBe('valid');
		const noise = String.fromCodePoint(...Array.from({ length: chance.below(60) }, () => chance.below(0xd7ff)));
		for (const text of [noise, `EPC1:${noise}`, 'EPC1:'.padEnd(chance.below(1_100), '0')]) expect((await verify(text, trust, ISSUED)).outcome).not.toBe('valid');
	}
	expect(codeOf(await verify(`EPC1:${'0'.repeat(1_020)}`, trust, ISSUED))).toBe('text_too_long');
	expect(codeOf(await verify('码'.repeat(342), trust, ISSUED))).toBe('text_too_long');
});

test('no single changed byte leaves a pass valid', async () => {
	const content = await new Forge(signer!).content();
	const trust = trusting(signer!);
	for (let place = 0; place < content.length; place += 1) {
		for (const change of [1, 0x20, 0x80, 0xff]) {
			const changed = content.slice();
			changed[place]! ^= change;
			expect((await verify(textOf(changed), trust, ISSUED + 1)).outcome, `${place} ${change}`).not.toBe('valid');
		}
	}
});

/** A phone's pass by the signer. */
async function phonePass(): Promise<string> {
	const forge = new Forge(signer!);
	const bearer: Bearer = { kind: 'phone', status: { day: 18_303, index: 7 }, device: deviceKey() };
	forge.payload = writeClaims({ issuer: '330100', issuedAt: ISSUED, expiresAt: ISSUED + 86_400, bearer });
	return forge.text();
}

test('a phone presents its pass, and from minus fifteen to ninety seconds it is taken', async () => {
	const pass = await phonePass();
	const shown = (await present(pass, ISSUED + 1_000.7, device!.sign))!;
	expect(shown.length).toBeLessThanOrEqual(410);
	const at = async (seconds: number) => codeOf(await verify(shown, trusting(signer!), ISSUED + 1_000 + seconds));
	expect([await at(-16), await at(-15), await at(90.9), await at(91)]).toEqual(['presented_later', 'valid', 'valid', 'presented_earlier']);
	const other = (await present(pass, ISSUED + 1_000, signer!.sign))!;
	expect(codeOf(await verify(other, trusting(signer!), ISSUED + 1_000))).toBe('device_signature');
	expect(await present('EPC1:x', ISSUED, device!.sign)).toBeNull();
	expect(await present(pass, -1, device!.sign)).toBeNull();
});

test('a presentation inside a presentation, and around a token, is refused', async () => {
	const wrap = async (inner: Bytes) => {
		const signature = await device!.sign(bytes(0x83, [0x71], 'EPC1 presentation', bstr(inner), 0x1a, [0x5e, 0x42, 0x02, 0xd0]));
		return textOf(bytes(0x83, head2(inner), 0x1a, [0x5e, 0x42, 0x02, 0xd0], bstr(signature)));
	};
	const head2 = (inner: Bytes) => bstr(inner);
	expect(codeOf(await verify(await wrap(await new Forge(signer!).content()), trusting(signer!), ISSUED + 1))).toBe('presentation_without_device');
	expect(codeOf(await verify(await wrap(bytes(0x83, 1)), trusting(signer!), ISSUED + 1))).toBe('tag');
});

test('a compressed point is found again, and half of all x have none', async () => {
	for (let round = 0; round < 20; round += 1) {
		const { point } = await newSigner();
		const [x, y] = [point.slice(1, 33), point.slice(33)];
		expect(isPoint(x, y)).toBe(true);
		expect(decompress({ x, yIsOdd: (y[31]! & 1) === 1 })).toEqual(y);
		expect(decompress({ x, yIsOdd: (y[31]! & 1) === 0 })).not.toEqual(y);
		expect(isPoint(x, y.map((byte, at) => (at === 31 ? byte ^ 1 : byte)))).toBe(false);
	}
	const chance = new Seeded(6);
	const found = Array.from({ length: 200 }, () => decompress({ x: chance.bytes(32), yIsOdd: true })).filter(Boolean).length;
	expect(found).toBeGreaterThan(70);
	expect(found).toBeLessThan(130);
	expect(decompress({ x: new Uint8Array(32).fill(255), yIsOdd: true })).toBeNull();
});
