import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { storage } from './browser.ts';
import { Gate } from '#lib/gate/gate.svelte.ts';

const SCAN = { verdict: 'valid', reason: null, colour: 'green', action: 'pass', activation: 'active', masked_name: 'W***', document_last_four: '1234', visit: 'v1', scanned_at: '' };
let elapsedMs = 0;

beforeEach(() => {
	storage.clear();
	elapsedMs = 0;
	vi.spyOn(performance, 'now').mockImplementation(() => elapsedMs);
	vi.stubGlobal('fetch', vi.fn(async () => new Response(JSON.stringify(SCAN), { headers: { 'content-type': 'application/json' } })));
});
afterEach(() => {
	vi.restoreAllMocks();
	vi.unstubAllGlobals();
});

test('the same code within three seconds is one scan, later it is another', async () => {
	const gate = new Gate();
	await gate.scan('EPC1:A');
	elapsedMs = 2999;
	await gate.scan(' EPC1:A\n');
	expect(fetch).toHaveBeenCalledTimes(1);
	elapsedMs = 3000;
	await gate.scan('EPC1:A');
	expect(fetch).toHaveBeenCalledTimes(2);
});

test('another code is scanned at once', async () => {
	const gate = new Gate();
	await gate.scan('EPC1:A');
	await gate.scan('EPC1:B');
	expect(fetch).toHaveBeenCalledTimes(2);
});

test('without the server nothing is decided: ask, and no colour is left on the screen', async () => {
	const gate = new Gate();
	await gate.scan('EPC1:A');
	expect(gate.shown?.action).toBe('pass');
	vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('lost'))));
	await gate.scan('EPC1:B');
	expect(gate.shown?.action).toBe('ask');
	expect(gate.shown?.scan).toBeNull();
});

test('an answer that comes after the next scan is not shown', async () => {
	const late: ((response: Response) => void)[] = [];
	vi.stubGlobal('fetch', vi.fn(() => new Promise<Response>((answer) => late.push(answer))));
	const answer = (action: string) => new Response(JSON.stringify({ ...SCAN, action }), { headers: { 'content-type': 'application/json' } });
	const gate = new Gate();
	const first = gate.scan('EPC1:A');
	const second = gate.scan('EPC1:B');
	late[1]?.(answer('stop'));
	await second;
	late[0]?.(answer('pass'));
	await first;
	expect(gate.shown?.action).toBe('stop');
});

test('ten scans are listed, newest first, and the direction is remembered', async () => {
	const gate = new Gate();
	for (let one = 0; one < 12; one += 1) await gate.scan(`EPC1:${one}`);
	expect(gate.last).toHaveLength(10);
	expect(gate.last[0]?.key).toBe(12);
	gate.turn('out');
	expect(new Gate().direction).toBe('out');
	expect(storage.keys()).toEqual(['healthcode.gate.direction']);
});
