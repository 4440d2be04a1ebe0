// A bundle is signed by enough of its roots, never goes back, and is read strictly.

import { beforeAll, expect, test } from 'vitest';
import { Bundle, BundleFault } from '#lib/credential/bundle.ts';
import { actionOf } from '#lib/credential/bundle/body.ts';
import { ISSUED, newSigner, type Signer } from './forge.ts';
import { bundleFile, City, fingerprintOf, iso, listed, rootsOf } from './gate_forge.ts';

let city: City;
let [one, two, three]: Signer[] = [];
beforeAll(async () => {
	city = await City.found();
	[one, two, three] = [await newSigner(), await newSigner(), await newSigner()];
});

const whyOf = async (act: Promise<unknown>): Promise<string> => {
	try {
		await act;
		return 'taken';
	} catch (fault) {
		if (fault instanceof BundleFault) return fault.why;
		throw fault;
	}
};
const begin = async (body: Record<string, unknown>, ...roots: Signer[]) => Bundle.begin(await bundleFile(body, ...roots), await fingerprintOf(body.roots));

test('as many of its roots as it asks for have signed it, each counted once', async () => {
	const body = city.body({ roots: rootsOf(2, one!, two!, three!) });
	expect(await whyOf(begin(body, one!, three!))).toBe('taken');
	expect(await whyOf(begin(body, two!, two!))).toBe('threshold');
	expect(await whyOf(begin(body, two!, city.root))).toBe('threshold');
	expect(await whyOf(Bundle.begin(await bundleFile(body, one!, two!), await fingerprintOf(rootsOf(1, one!, two!, three!))))).toBe('roots');
	const file = await bundleFile(body, one!, two!);
	const altered = { ...file, body: (await bundleFile({ ...body, version: 2 }, one!)).body };
	expect(await whyOf(Bundle.begin(altered, await fingerprintOf(body.roots)))).toBe('threshold');
});

test('the next bundle has a higher version, the consent of old and new roots, and the same region', async () => {
	const first = await begin(city.body({ version: 3, roots: rootsOf(1, one!) }), one!);
	const follow = async (given: Record<string, unknown>, ...roots: Signer[]) => whyOf(first.follow(await bundleFile(city.body({ roots: rootsOf(1, one!), ...given }), ...roots)));
	expect(await follow({ version: 4 }, one!)).toBe('taken');
	expect(await follow({ version: 3 }, one!)).toBe('taken');
	expect(await follow({ version: 3, rule_set: 'another@1' }, one!)).toBe('fork');
	expect(await follow({ version: 2 }, one!)).toBe('rollback');
	expect(await follow({ version: 4, region: '110000' }, one!)).toBe('region');
	expect(await follow({ version: 4, issued_at: iso(ISSUED - 7_200) }, one!)).toBe('time');
	expect(await follow({ version: 4, roots: rootsOf(1, two!) }, two!)).toBe('threshold');
	expect(await follow({ version: 4, roots: rootsOf(1, two!) }, one!)).toBe('threshold');
	expect(await follow({ version: 4, roots: rootsOf(1, two!) }, one!, two!)).toBe('taken');
	const formerRoot = { version: 4, roots: rootsOf(1, two!), keys: [listed(one!, 'pass')] };
	expect(await follow(formerRoot, one!, two!)).toBe('form');
});

test('a key that was once withdrawn stays so, whatever a later version says or leaves out', async () => {
	const gone = [listed(city.pass, 'pass', { state: 'withdrawn' }), listed(city.status, 'status')];
	const first = await begin(city.body({ keys: gone }), city.root);
	const next = await first.follow(await bundleFile(city.body({ version: 2 }), city.root));
	expect(next.trust([]).known(city.pass.kid)?.isWithdrawn).toBe(true);
	expect(next.trust([]).known(city.status.kid)?.isWithdrawn).toBe(false);
	expect(next.trust([city.status.kid]).known(city.status.kid)?.isWithdrawn).toBe(true);
	const kept = await Bundle.begin(await bundleFile(city.body({ version: 2 }), city.root), next.roots, next.withdrawn);
	expect(kept.trust([]).known(city.pass.kid)?.isWithdrawn).toBe(true);
});

test('what is not written as it must be is refused, though it is signed', async () => {
	const text = JSON.stringify(city.body());
	const roots = await fingerprintOf(city.body().roots);
	const wrong = async (body: unknown) => whyOf(Bundle.begin(await bundleFile(body, city.root), roots));
	expect(await wrong(text)).toBe('taken');
	const key = listed(city.pass, 'pass');
	for (const body of [
		text.replace('"version":1', '"version":1,"version":2'),
		text.replace('"version":1', '"version":1.0'),
		text.replace('"actions":{}', '"actions":{"at":{"school":{"red":"ask"},"school":{}}}'),
		text.replace('"actions":{}', '"actions":{"at":{"castle":{"red":"ask"}}}'),
		text.replace('"actions":{}', '"actions":{"red":"wave"}'),
		`${text}x`,
		`\uFEFF${text}`,
		city.body({ version: 0 }),
		city.body({ version: 2 ** 53 }),
		city.body({ strange: 1 }),
		city.body({ rule_set: undefined }),
		city.body({ rule_set: '' }),
		city.body({ rule_set: 'a\u0007' }),
		city.body({ region: 'nowhere' }),
		city.body({ ends_at: iso(ISSUED - 3_600) }),
		city.body({ ends_at: '2020-02-11T09:00:00' }),
		city.body({ keys: [key, key] }),
		city.body({ keys: [{ ...key, kid: '0'.repeat(16) }] }),
		city.body({ keys: [{ ...key, y: key.x }] }),
		city.body({ keys: [{ ...key, state: 'asleep' }] }),
		city.body({ keys: [{ ...key, since: iso(ISSUED) }] }),
		city.body({ keys: [{ ...key, until: key.from }] }),
		city.body({ keys: [listed(city.root, 'pass')] }),
		city.body({ recognises: [{ issuer: '310000', from: iso(ISSUED), until: iso(ISSUED) }] })
	]) {
		expect(await wrong(body), JSON.stringify(body).slice(0, 300)).toBe('form');
	}
	for (const file of [null, {}, { format: 'healthcode-bundle/2', body: '', signatures: [] }, { format: 'healthcode-bundle/1', body: '=', signatures: [] }]) {
		expect(await whyOf(Bundle.begin(file, roots))).toBe('form');
	}
});

test('recognition has dates, and actions differ by kind of point', async () => {
	const recognises = [{ issuer: '310000', from: iso(ISSUED), until: iso(ISSUED + 60) }, { issuer: '110000', from: iso(ISSUED) }];
	const bundle = await city.bundle({ recognises, actions: { yellow: 'ask', at: { hospital: { red: 'ask' } } } });
	const counts = (issuer: string, at: number) => bundle.recognises(issuer, ISSUED + at);
	expect([counts('330100', -9), counts('310000', -1), counts('310000', 59), counts('310000', 60), counts('110000', 1e9), counts('120000', 0)]).toEqual([true, false, true, false, true, false]);
	const { actions } = bundle.contents;
	expect([actionOf(actions, 'yellow', 'school'), actionOf(actions, 'red', 'hospital'), actionOf(actions, 'red', 'school'), actionOf(actions, 'green', 'school')]).toEqual(['ask', 'ask', 'stop', 'pass']);
	expect([bundle.hasEnded(ISSUED + 30 * 86_400 - 1), bundle.hasEnded(ISSUED + 30 * 86_400)]).toEqual([false, true]);
});
