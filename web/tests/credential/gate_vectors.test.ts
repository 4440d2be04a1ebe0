// Bundles, status files and judgements written down for every gate, in whatever language.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Bundle, BundleFault } from '#lib/credential/bundle.ts';
import { fromBase64url, fromUtf8 } from '#lib/credential/bytes.ts';
import { FieldFault, parseStrictly } from '#lib/credential/fields.ts';
import { judge } from '#lib/credential/gate/judge.ts';
import { GateState } from '#lib/credential/gate/state.ts';
import { FollowFault } from '#lib/credential/status/follower.ts';
import { dayKey, SealFault, type DayKey } from '#lib/credential/status/seal.ts';

/* eslint-disable @typescript-eslint/no-explicit-any */
const read = (name: string): any => JSON.parse(readFileSync(new URL(`../../../crates/credential/tests/vectors/${name}.json`, import.meta.url), 'utf8'));
const [bundles, status, gates] = ['bundle', 'status', 'gate'].map(read);
const seconds = (text: string) => Date.parse(text) / 1000;
const shown = (at: number) => new Date(at * 1000).toISOString().replace('.000Z', 'Z');
const dayOf = (text: string) => seconds(`${text}T00:00:00Z`) / 86_400;
const keysOf = (file: any): Promise<DayKey[]> => Promise.all(file.day_keys.map(({ day, secret }: any) => dayKey(dayOf(day), fromBase64url(secret)!)));
const fileOf = (text: string): unknown => parseStrictly(fromUtf8(fromBase64url(text)!)!, 'file');
/** Faults of the form that others tell apart. */
const FORM = ['json', 'format', 'encoding', 'range', 'key', 'root_as_key', 'too_long'].map((kind) => `bundle_${kind}`);

async function answerOf(act: () => Promise<unknown>): Promise<string> {
	try {
		await act();
		return 'taken';
	} catch (fault) {
		if (fault instanceof BundleFault) return `bundle_${fault.why}`;
		if (fault instanceof FieldFault) return 'bundle_form';
		if (fault instanceof SealFault || fault instanceof FollowFault) return fault.code;
		throw fault;
	}
}

describe('bundles', () => {
	test.each<any>(bundles.sequences)('$name', async ({ files, version, withdrawn }) => {
		let known: Bundle | null = null;
		for (const { file, answer } of files) {
			const found = await answerOf(async () => {
				known = known ? await known.follow(fileOf(file)) : await Bundle.begin(fileOf(file), bundles.fingerprint);
			});
			expect(found).toBe(FORM.includes(answer) ? 'bundle_form' : answer);
		}
		const last = known as Bundle | null;
		expect([last?.contents.version ?? null, [...(last?.withdrawn ?? [])].sort()]).toEqual([version, withdrawn]);
	});
});

describe('status files', () => {
	test.each<any>(status.sequences)('$name', async (sequence) => {
		const bundle = await Bundle.begin(fileOf(status.bundle), status.fingerprint);
		const [gate, keys] = [new GateState(bundle, seconds(status.confirmed_at)), await keysOf(status)];
		for (const { file, answer } of sequence.files) {
			expect(await answerOf(() => gate.takeStatus(fromBase64url(file)!, keys))).toBe(answer);
		}
		const { colours } = gate;
		expect([colours?.number ?? null, colours && shown(colours.madeAt), colours?.bundle ?? null]).toEqual([sequence.number, sequence.made_at, sequence.bundle]);
		expect([...(colours?.withdrawn ?? [])].sort()).toEqual(sequence.withdrawn);
		for (const { day, index, status } of sequence.look_ups) expect(colours?.status({ day: dayOf(day), index }) ?? null, `${day} ${index}`).toBe(status);
	});
});

async function gateOf(name: string): Promise<GateState> {
	const held = gates.gates[name];
	const keys = await keysOf(gates);
	const gate = new GateState(await Bundle.begin(fileOf(gates.bundles[held.bundle]), gates.fingerprint), seconds(held.confirmed_at));
	for (const file of held.status) await gate.takeStatus(fromBase64url(gates.status[file])!, keys);
	if (held.clock_went_back) gate.watchClock(3_600, 0);
	return gate;
}

describe('judgements', () => {
	test('there are forty and more', () => expect(gates.cases.length).toBeGreaterThanOrEqual(43));

	test.each<any>(gates.cases)('$name', async ({ code, kind, gate, at, expected }) => {
		const judgement = await judge(code, await gateOf(gate), kind, seconds(at));
		const { verdict, reason, colour, action, ages, claims, paper } = judgement;
		const compare = paper && { masked_name: paper.name, document_last_four: paper.lastFour };
		expect({ verdict, reason, colour, action, ages, compare, issuer: claims?.issuer ?? null }).toEqual(expected);
	});
});
