import { expect, test } from 'vitest';
import './browser.ts';
import { drawingOf } from '#lib/cases/chain.ts';
import { barsOf } from '#lib/cases/curve.ts';
import type { ChainCase, CurveDay } from '#lib/cases/types.ts';
import { isDue, stands, type Order } from '#lib/quarantine/types.ts';

const day = (text: string, onset: number): CurveDay => ({ day: text, onset, sample: 0, report: 1 });

test('the highest day is as high as the picture, and days without a case have no bar', () => {
	const { bars, most } = barsOf([day('2020-02-11', 4), day('2020-02-12', 0), day('2020-02-13', 2)], 'onset', 300, 100);
	expect(most).toBe(4);
	expect(bars.map((bar) => bar.height)).toEqual([100, 0, 50]);
	expect(bars.map((bar) => Math.round(bar.x))).toEqual([10, 110, 210]);
	expect(barsOf([], 'report', 300, 100).bars).toEqual([]);
});

const one = (person: string, at: string): ChainCase => ({ person, masked_name: person, within: true, status: 'confirmed', at, onset_at: null });

test('no two cases stand in one place, and an arrow runs from left to right', () => {
	const cases = [one('a', '2020-02-11T08:00:00+08:00'), one('b', '2020-02-12T08:00:00+08:00'), one('c', '2020-02-12T09:00:00+08:00')];
	const drawing = drawingOf({ cases, links: [{ from: 'a', to: 'b' }, { from: 'a', to: 'c' }, { from: 'a', to: 'gone' }], cut: false });
	expect(new Set(drawing.nodes.map(({ x, y }) => `${x} ${y}`)).size).toBe(3);
	expect(drawing.arrows.length).toBe(2);
	const [a, b] = drawing.nodes;
	expect(a!.x).toBeLessThan(b!.x);
	expect(drawing.width).toBeGreaterThan(b!.x);
});

test('a report is due while the order holds, also past its end', () => {
	const order = (state: Order['state'], report: string): Order => ({ order: 'o', kind: 'case', place: 'home', address: null, reason: '', edition: '', from: '', until: '', ordered_at: '', state, days: [{ day: '2020-02-11', report, test: 'not_asked' }], changes: [] });
	expect(isDue(order('running', 'late'))).toBe(true);
	expect(isDue(order('past_end', 'due'))).toBe(true);
	expect(isDue(order('running', 'normal'))).toBe(false);
	expect(isDue(order('released', 'due'))).toBe(false);
	expect(stands(null)).toBe(false);
});
