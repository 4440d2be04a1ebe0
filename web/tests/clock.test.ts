import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { storage } from './browser.ts';
import { fromLocalInput, nowMs, Reading, setClock, whenClockJumps, woke } from '#lib/clock.ts';

const SOURCE = new URL('../src/', import.meta.url);

afterEach(() => vi.restoreAllMocks());

test('nothing but the clock reads the time', () => {
	const device = /Date\.now\(|new Date\(/;
	for (const name of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(svelte|ts)$/.test(name))) {
		const text = readFileSync(new URL(name, SOURCE), 'utf8');
		if (name === 'lib/clock.ts') continue;
		expect(device.test(text), `${name} reads the clock of the device`).toBe(false);
		expect(text.includes('performance.now'), `${name} reads a clock of its own`).toBe(false);
	}
});

test('the answer is taken to be half as old as the request took', () => {
	const reading = Reading.between('2020-02-11T09:00:00Z', 1000, 1400);
	expect(reading.at(1200)).toBe(Date.parse('2020-02-11T09:00:00Z'));
	expect(reading.at(2200)).toBe(Date.parse('2020-02-11T09:00:01Z'));
});

test('a small correction is silent, a jump is told', () => {
	let jumps = 0;
	const at = performance.now();
	setClock({ now: '2020-02-11T09:00:00Z', zone: 'Asia/Shanghai' }, at, at);
	expect(nowMs()).toBeGreaterThanOrEqual(Date.parse('2020-02-11T09:00:00Z'));
	const deaf = whenClockJumps(() => (jumps += 1));
	setClock({ now: '2020-02-11T09:00:01Z' }, at, at);
	expect(jumps).toBe(0);
	setClock({ now: '2020-02-12T09:00:00Z' }, at, at);
	expect(jumps).toBe(1);
	deaf();
	setClock({ now: '2020-02-13T09:00:00Z' }, at, at);
	expect(jumps).toBe(1);
});

test('what a field says is a time in the zone of the server', () => {
	expect(fromLocalInput('2020-02-11T09:00')).toBe('2020-02-11T09:00:00+08:00');
	setClock({ now: '2020-02-11T09:00:00Z', zone: 'Europe/Berlin' }, 0, 0);
	expect(fromLocalInput('2020-03-29T01:30')).toBe('2020-03-29T01:30:00+01:00');
	expect(fromLocalInput('2020-03-29T03:30')).toBe('2020-03-29T03:30:00+02:00');
	for (const text of ['', 'soon', '2020-02-11']) expect(fromLocalInput(text)).toBeNull();
});

test('a page that opens without the server goes on from the kept time, and tells the latest that was known', async () => {
	storage.clear();
	const wall = vi.spyOn(Date, 'now').mockReturnValue(5_000_000);
	setClock({ now: '2020-02-11T09:00:00Z', zone: 'Asia/Shanghai' }, performance.now(), performance.now());
	vi.resetModules();
	wall.mockReturnValue(5_060_000);
	const later = await import('#lib/clock.ts');
	expect(later.nowMs()).toBeNull();
	later.restoreClock();
	expect(Math.round(later.nowMs()! / 1000)).toBe(Date.parse('2020-02-11T09:01:00Z') / 1000);
	expect(later.clockIsConfirmed()).toBe(false);
	expect(Math.round(later.knownBeforeMs! / 1000)).toBe(Date.parse('2020-02-11T09:00:00Z') / 1000);
});

test('after a sleep in which the monotonic clock stood still, the wall clock says how long it was', () => {
	const wall = vi.spyOn(Date, 'now').mockReturnValue(5_000_000);
	setClock({ now: '2020-02-11T09:00:00Z' }, performance.now(), performance.now());
	woke();
	expect(nowMs()! - Date.parse('2020-02-11T09:00:00Z')).toBeLessThan(500);
	wall.mockReturnValue(5_600_000);
	woke();
	expect(Math.round((nowMs()! - Date.parse('2020-02-11T09:00:00Z')) / 60_000)).toBe(10);
	wall.mockReturnValue(0);
	woke();
	expect(Math.round((nowMs()! - Date.parse('2020-02-11T09:00:00Z')) / 60_000)).toBe(10);
});
