import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromLocalInput, nowMs, Reading, setClock, whenClockJumps } from '#lib/clock.ts';

const SOURCE = new URL('../src/', import.meta.url);

test('nothing but the clock reads the time, and nothing at all reads the clock of the device', () => {
	const device = /Date\.now\(|new Date\(/;
	for (const name of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(svelte|ts)$/.test(name))) {
		const text = readFileSync(new URL(name, SOURCE), 'utf8');
		expect(device.test(text), `${name} reads the clock of the device`).toBe(false);
		if (name !== 'lib/clock.ts') expect(text.includes('performance.now'), `${name} reads a clock of its own`).toBe(false);
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
