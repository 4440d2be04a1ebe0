// A gate's desk with the plug pulled: it goes on by itself, also after it was closed and opened again, and what it scanned
// arrives once.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import './browser.ts';
import { setClock } from '#lib/clock.ts';
import { toBase64url } from '#lib/credential/bytes.ts';
import { Alone } from '#lib/gate/alone.svelte.ts';
import { Gate } from '#lib/gate/gate.svelte.ts';
import { Waiting, type AloneScan } from '#lib/gate/waiting.svelte.ts';
import { ISSUED, type NewsParts } from './credential/forge.ts';
import { bundleFile, City, fingerprintOf, iso, rootsOf, SECRET, TODAY } from './credential/gate_forge.ts';
import { Seeded } from './credential/seeded.ts';
import { Memory } from './memory.ts';

/** The server as a gate sees it. */
class Centre {
	up = true;
	/** The next answers that are lost on their way, though the act was done. */
	lost = 0;
	role = 'checker';
	wanted: string[] = [];
	readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
	newest = { number: 0, snapshot: 0 };
	scans: AloneScan[] = [];
	refuses = (_scan: AloneScan) => false;
	bundle: unknown;

	constructor(readonly city: City) {}

	async publish(kind: 'snapshot' | 'delta', number: number, given: Partial<NewsParts>): Promise<void> {
		this.files.set(`${kind}/${number}`, await this.city.file({ kind: kind === 'snapshot' ? 0 : 1, number, ...given }));
		if (kind === 'snapshot') this.newest.snapshot = number;
		this.newest.number = Math.max(number, this.newest.number);
	}

	async answer(path: string, init: RequestInit): Promise<Response> {
		this.wanted.push(path);
		if (!this.up) throw new TypeError('no network');
		const file = /^\/status\/330100\/(\w+\/\d+)$/.exec(path)?.[1];
		if (file) return new Response(this.files.get(file) ?? null, { status: this.files.has(file) ? 200 : 404, headers: { 'content-type': 'application/octet-stream' } });
		const [status, body] = await this.act(path, init.body ? JSON.parse(init.body as string) : {});
		if (path.endsWith('scans') && this.lost > 0) {
			this.lost -= 1;
			throw new TypeError('lost');
		}
		return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
	}

	private async act(path: string, body: { scans?: AloneScan[] }): Promise<[number, unknown]> {
		const refusal = (status: number, code: string): [number, unknown] => [status, { status, code, text: { en: code, zh: code } }];
		if (path.endsWith('/latest')) return [200, this.newest];
		if (this.role !== 'checker') return refusal(403, 'not_allowed');
		if (path.endsWith('/gate/scans')) {
			if (body.scans!.some((scan) => this.refuses(scan))) return refusal(422, 'body');
			for (const scan of body.scans!) if (!this.scans.some(({ id }) => id === scan.id)) this.scans.push(scan);
			return [200, { taken: body.scans!.map(({ id }) => id), unknown: 0 }];
		}
		if (path.endsWith('/scans')) return [200, { verdict: 'valid', reason: null, colour: 'green', action: 'pass', activation: 'active', masked_name: 'W***', document_last_four: '1234', visit: 'v', scanned_at: '' }];
		const day_keys = [{ day: iso(TODAY * 86_400).slice(0, 10), secret: toBase64url(SECRET) }];
		const point = { id: 'p1', name: { en: 'Gate', zh: '门' }, kind: 'office' };
		return [200, { region: '330100', point, bundle: this.bundle, roots: await fingerprintOf(rootsOf(1, this.city.root)), day_keys, status: { ...this.newest, url: '/status/330100' }, server_time: iso(ISSUED + 60) }];
	}
}

let centre: Centre;
let here: Memory;
let stops: (() => void)[] = [];
const at = (seconds: number) => setClock({ now: iso(ISSUED + seconds) }, performance.now(), performance.now());

beforeEach(async () => {
	centre = new Centre(await City.found());
	centre.bundle = await bundleFile(centre.city.body(), centre.city.root);
	await centre.publish('snapshot', 0, { days: [[TODAY, 9, [[], [1], [2], [3]]]] });
	here = new Memory();
	at(60);
	vi.stubGlobal('fetch', (path: string, init: RequestInit) => centre.answer(path, init));
	vi.stubGlobal('EventSource', class { readyState = 1; addEventListener() {} close() {} });
	vi.stubGlobal('window', new EventTarget());
});
afterEach(() => {
	stops.splice(0).forEach((stop) => stop());
	vi.unstubAllGlobals();
});

/** A desk, opened on this device. */
async function desk(): Promise<Gate> {
	const gate = new Gate(new Alone(async () => here));
	stops.push(gate.alone.start());
	await vi.waitFor(() => expect(gate.alone.ready && gate.alone.reachable === centre.up).toBe(true));
	return gate;
}
const scan = async (gate: Gate, index: number, seconds: number) => {
	at(seconds);
	await gate.scan(await centre.city.shown(index, ISSUED + seconds));
	return [gate.shown?.action, gate.shown?.scan?.reason ?? gate.shown?.scan?.colour];
};
const delivered = async (gate: Gate) => {
	await vi.waitFor(() => {
		window.dispatchEvent(new Event('online'));
		expect([gate.alone.reachable, gate.alone.waiting.count]).toEqual([true, 0]);
	});
};

test('with the plug pulled the gate admits green and stops red, also after it was opened anew; then every scan arrives once', async () => {
	const first = await desk();
	expect((await scan(first, 0, 70))[0]).toBe('pass');
	centre.up = false;
	expect(await scan(first, 0, 100)).toEqual(['pass', 'green']);
	expect(await scan(first, 2, 110)).toEqual(['stop', 'red']);
	stops.splice(0).forEach((stop) => stop());
	const second = await desk();
	expect(second.alone.reachable).toBe(false);
	expect(await scan(second, 3, 3_600)).toEqual(['ask', 'pending']);
	expect(await scan(second, 1, 7_200)).toEqual(['stop', 'yellow']);
	expect(second.alone.waiting.count).toBe(4);
	centre.up = true;
	centre.lost = 3;
	await delivered(second);
	expect(centre.scans.map(({ action, colour }) => [action, colour])).toEqual([['pass', 'green'], ['stop', 'red'], ['ask', 'pending'], ['stop', 'yellow']]);
	expect(centre.scans.map(({ scanned_at }) => scanned_at.slice(11, 19))).toEqual(['01:01:40', '01:01:50', '02:00:00', '03:00:00']);
	expect(here.shelf('scans').size).toBe(0);
});

test('one who turned red before the plug was pulled is stopped', async () => {
	const gate = await desk();
	const link = new Uint8Array(32);
	await centre.publish('delta', 1, { previous: link, madeAt: ISSUED + 60, days: [[TODAY, 9, [[], [], [5], []]]] });
	window.dispatchEvent(new Event('online'));
	await vi.waitFor(() => expect(centre.wanted).toContain('/status/330100/delta/1'));
	await vi.waitFor(() => expect(here.shelf('status').size).toBe(2));
	centre.up = false;
	expect(await scan(gate, 5, 240)).toEqual(['stop', 'red']);
	stops.splice(0).forEach((stop) => stop());
	expect(await scan(await desk(), 5, 300)).toEqual(['stop', 'red']);
});

test('a screenshot is refused, and after a day without the network the gate cannot decide', async () => {
	const gate = await desk();
	centre.up = false;
	const shown = await centre.city.shown(0, ISSUED + 100);
	at(191);
	await gate.scan(shown);
	expect([gate.shown?.action, gate.shown?.scan?.reason]).toEqual(['ask', 'presented_earlier']);
	at(86_400 + 61);
	await gate.scan(await centre.city.paper());
	expect([gate.shown?.action, gate.shown?.scan?.verdict]).toEqual(['ask', 'expired']);
	expect(gate.alone.ages?.colours).toBeGreaterThan(86_400);
});

test('a scan that the gate made is not shown before it is kept', async () => {
	const gate = await desk();
	centre.up = false;
	await scan(gate, 0, 100);
	expect(here.shelf('scans').size).toBe(1);
	const lying = JSON.stringify([...here.shelf('scans').values()]);
	expect(lying).not.toContain('EPC1');
});

test('a refusal of the server is not overruled by the gate', async () => {
	const gate = await desk();
	centre.role = 'resident';
	await scan(gate, 0, 100);
	expect([gate.shown?.action, gate.shown?.scan, gate.trouble?.code]).toEqual(['ask', null, 'not_allowed']);
	expect(gate.alone.waiting.count).toBe(0);
});

test('a gate whose checker was signed out forgets what it was told, and keeps its scans', async () => {
	const gate = await desk();
	centre.up = false;
	await scan(gate, 0, 100);
	[centre.up, centre.role] = [true, 'resident'];
	window.dispatchEvent(new Event('online'));
	await vi.waitFor(() => expect(here.shelf('gate').size).toBe(0));
	expect([here.shelf('status').size, here.shelf('scans').size, gate.alone.signedOut]).toEqual([0, 1, true]);
	centre.role = 'checker';
	await delivered(gate);
	expect([centre.scans.length, gate.alone.signedOut]).toEqual([1, false]);
});

test('a bundle that does not follow is refused, and the gate goes on with what it had', async () => {
	const gate = await desk();
	centre.bundle = await bundleFile({ ...centre.city.body(), version: 2 }, centre.city.pass);
	at(4_000);
	window.dispatchEvent(new Event('online'));
	await vi.waitFor(() => expect(gate.alone.refused).toBe(true));
	centre.up = false;
	expect(await scan(gate, 0, 4_100)).toEqual(['pass', 'green']);
});

const waits = (id: string): AloneScan => ({ id, code: id, direction: 'in', scanned_at: '', verdict: 'valid', reason: null, colour: 'green', action: 'pass' });

test('whatever is lost on the way, each scan is delivered once and in order', async () => {
	const chance = new Seeded(1);
	const waiting = new Waiting(async () => here);
	const made: string[] = [];
	for (let round = 0; round < 30; round += 1) {
		for (let more = chance.below(40); more > 0; more -= 1) {
			made.push(`scan-${made.length}`);
			await waiting.add('p1', waits(made.at(-1)!));
		}
		[centre.up, centre.lost] = [chance.below(3) > 0, chance.below(3)];
		await waiting.deliver('p1').catch(() => {});
	}
	[centre.up, centre.lost] = [true, 0];
	await waiting.deliver('p1');
	expect(centre.scans.map(({ id }) => id)).toEqual(made);
	expect(waiting.count).toBe(0);
});

test('scans of another point wait for it, and one that cannot be taken holds up no other', async () => {
	const waiting = new Waiting(async () => here);
	for (const [point, id] of [['p2', 'other'], ['p1', 'one'], ['p1', 'bad'], ['p1', 'two']] as const) await waiting.add(point, waits(id));
	centre.refuses = ({ id }) => id === 'bad';
	await waiting.deliver('p1');
	expect(centre.scans.map(({ id }) => id)).toEqual(['one', 'two']);
	expect([waiting.count, waiting.refused]).toEqual([2, 1]);
	await waiting.deliver('p2');
	expect(centre.scans.map(({ id }) => id)).toEqual(['one', 'two', 'other']);
});
