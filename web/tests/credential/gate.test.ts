// A gate that stands alone: it admits green, stops red, refuses a screenshot, and asks wherever it cannot know.

import { beforeAll, expect, test } from 'vitest';
import { judge } from '#lib/credential/gate/judge.ts';
import { GateState } from '#lib/credential/gate/state.ts';
import { dayKey } from '#lib/credential/status/seal.ts';
import { ISSUED, newSigner, Forge } from './forge.ts';
import { City, iso, SECRET, TODAY } from './gate_forge.ts';

let city: City;
beforeAll(async () => {
	city = await City.found();
});

const said = async (code: string, gate: GateState, at: number, kind = 'office') => {
	const { action, reason, colour } = await judge(code, gate, kind, at);
	return [action, reason ?? colour];
};

test('green passes, yellow and red stop, undecided asks', async () => {
	const gate = await city.gate();
	const at = ISSUED + 600;
	const found = [0, 1, 2, 3].map(async (index) => said(await city.shown(index, at), gate, at));
	expect(await Promise.all(found)).toEqual([['pass', 'green'], ['stop', 'yellow'], ['stop', 'red'], ['ask', 'undecided']]);
});

test('what the bundle says of a kind of point is done; undecided asks at least', async () => {
	const gate = await city.gate({ actions: { pending: 'pass', at: { hospital: { red: 'ask' }, school: { pending: 'stop' } } } });
	const at = ISSUED + 600;
	expect(await said(await city.shown(2, at), gate, at, 'hospital')).toEqual(['ask', 'red']);
	expect(await said(await city.shown(3, at), gate, at, 'hospital')).toEqual(['ask', 'undecided']);
	expect(await said(await city.shown(3, at), gate, at, 'school')).toEqual(['stop', 'undecided']);
});

test('one who turned red is stopped from the urgent file on', async () => {
	const gate = await city.gate();
	const at = ISSUED + 600;
	expect(await said(await city.shown(5, at), gate, at)).toEqual(['pass', 'green']);
	await gate.takeStatus(await city.file({ kind: 2, madeAt: at, days: [[TODAY, 9, [[], [], [5], []]]] }), [await dayKey(TODAY, SECRET)]);
	expect(await said(await city.shown(5, at), gate, at)).toEqual(['stop', 'red']);
});

test('a screenshot asks after ninety seconds, a bare pass at once, paper always, a forged code stops', async () => {
	const gate = await city.gate();
	const at = ISSUED + 600;
	const shown = await city.shown(0, at);
	expect(await said(shown, gate, at + 90)).toEqual(['pass', 'green']);
	expect(await said(shown, gate, at + 91)).toEqual(['ask', 'presented_earlier']);
	expect(await said(await city.phonePass(0), gate, at)).toEqual(['ask', 'presentation_missing']);
	expect(await said(await city.paper(), gate, at)).toEqual(['ask', 'paper_offline']);
	const judgement = await judge(await city.paper(), gate, 'office', at);
	expect([judgement.paper?.name, judgement.paper?.lastFour]).toEqual(['张**', '001X']);
	const forged = new Forge(await newSigner());
	forged.protected = new Forge(city.pass).protected;
	expect(await said(await forged.text(), gate, ISSUED + 30)).toEqual(['stop', 'signature']);
	expect(await said('hello', gate, at)).toEqual(['ask', 'prefix']);
});

test('the clock is a reason of its own; only a forgery wins over it', async () => {
	const gate = await city.gate();
	const early = ISSUED - 16;
	expect(await said(await city.shown(0, early), gate, early)).toEqual(['ask', 'clock']);
	expect(await said('hello', gate, early)).toEqual(['ask', 'clock']);
	const forged = new Forge(await newSigner());
	forged.protected = new Forge(city.pass).protected;
	expect(await said(await forged.text(), gate, early)).toEqual(['stop', 'signature']);
	const at = ISSUED + 600;
	gate.watchClock(at, at - 15);
	expect(await said(await city.shown(0, at), gate, at)).toEqual(['pass', 'green']);
	gate.watchClock(at, at - 16);
	expect(await said(await city.shown(0, at), gate, at)).toEqual(['ask', 'clock']);
	gate.compareClock(at, at + 16);
	expect(await said(await city.shown(0, at), gate, at)).toEqual(['ask', 'clock']);
	gate.compareClock(at, at);
	expect(await said(await city.shown(0, at), gate, at)).toEqual(['pass', 'green']);
});

test('after a day without them, keys and colours are too old', async () => {
	const gate = await city.gate();
	const later = ISSUED + 86_400;
	const day = async (at: number) => said(await city.shown(0, at), gate, at);
	expect(await day(later - 1)).toEqual(['pass', 'green']);
	const { ages } = await judge('', gate, 'office', later + 5);
	expect(ages).toEqual({ keys: 86_405, rules: 86_405, colours: 86_405 });
	const kept = new GateState(await city.bundle(), ISSUED);
	expect(await said(await city.shown(0, ISSUED + 9), kept, ISSUED + 9)).toEqual(['ask', 'colours_old']);
	expect((await judge('', kept, 'office', ISSUED + 9)).ages.colours).toBeNull();
	// The pass of a phone ends after a day, too, so one that began later shows the age of the keys.
	const old = await city.gate();
	old.keysAt -= 7_200;
	expect(await said(await city.shown(0, later - 60), old, later - 60)).toEqual(['ask', 'keys_old']);
});

test('a newer bundle that the gate does not have ages its rules and not its keys', async () => {
	const gate = await city.gate();
	const keys = [await dayKey(TODAY, SECRET)];
	await gate.takeStatus(await city.file({ number: 1, madeAt: ISSUED + 60, bundle: 2 }), keys);
	expect([gate.keysAt, gate.rulesAt]).toEqual([ISSUED + 60, ISSUED]);
	gate.takeBundle(await city.bundle({ version: 2 }), ISSUED + 90);
	expect([gate.keysAt, gate.rulesAt]).toEqual([ISSUED + 90, ISSUED + 90]);
});

test('a bundle that has ended, a key that a file withdraws, a day without a table: ask', async () => {
	const at = ISSUED + 600;
	const ended = await city.gate({ ends_at: iso(at) });
	expect(await said(await city.shown(0, at), ended, at)).toEqual(['ask', 'bundle_ended']);
	const gate = await city.gate();
	expect(await said(await city.shown(9, at), gate, at)).toEqual(['ask', 'no_table']);
	const kid = new Uint8Array((city.pass.kid.match(/../g) ?? []).map((pair) => parseInt(pair, 16)));
	await gate.takeStatus(await city.file({ kind: 2, madeAt: at, withdrawn: [kid] }), [await dayKey(TODAY, SECRET)]);
	expect(await said(await city.shown(0, at), gate, at)).toEqual(['ask', 'key_withdrawn']);
});
