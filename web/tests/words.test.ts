import { beforeEach, expect, test } from 'vitest';
import './browser.ts';
import { setClock } from '#lib/clock.ts';
import { choose, fromNow } from '#lib/language.svelte.ts';
import { changes } from '#lib/me/changes.ts';
import { factLines } from '#lib/me/fact_words.ts';
import { wayOf } from '#lib/me/need_words.ts';
import { refusalIn } from '#lib/me/refusal.ts';
import { byName, filtered } from '#lib/points.ts';
import type { Decision, Fact, Need, Point } from '#lib/types.ts';

beforeEach(() => {
	choose('en');
	const at = performance.now();
	setClock({ now: '2020-02-11T00:30:00+08:00', zone: 'Asia/Shanghai' }, at, at);
});

const decision = (given: Partial<Decision>): Decision => ({
	colour: 'red', reasons: [], authority: '', rule_set: '', since: '', next_change_at: '2020-02-13T00:00:00+08:00', release: [], earliest_release_at: null, obligations: [], ...given
});
const reports = (done: number): Need => ({ need: 'daily_reports', done, of: 14 });

test('from a day on, days of the calendar are counted, not spans of 24 hours', () => {
	expect(fromNow('2020-02-13T00:00:00+08:00')).toBe('in 2 days');
	expect(fromNow('2020-02-12T23:59:00+08:00')).toBe('tomorrow');
	expect(fromNow('2020-02-11T20:30:00+08:00')).toBe('in 19 hours');
	expect(fromNow('2020-02-09T20:00:00+08:00')).toBe('2 days ago');
});

test('what a missed report takes away is told from what time brings', () => {
	expect(changes(decision({ release: [reports(3)] }))).toMatch(/^If you report nothing, what is done so far changes on Thu,? 13 Feb \(in 2 days\)\.$/);
	expect(changes(decision({ release: [reports(0)] }))).toMatch(/^Does not change by time alone/);
	expect(changes(decision({ release: [{ need: 'days', done: 3, of: 14, at: '2020-02-12T16:00:00Z' }] }))).toMatch(/^Changes on 13 Feb 2020, 00:00 by itself/);
	expect(changes(decision({ colour: 'green' }))).toMatch(/^Valid under these rules until 13 Feb 2020 \(in 2 days\)/);
	expect(changes(decision({ next_change_at: null }))).toMatch(/^Does not change by time alone/);
});

test('further needs of the same way begin with "and"', () => {
	const release = [1, 2, 2, undefined].map((way) => ({ ...reports(0), ...(way ? { way } : {}) }));
	expect(release.map((_, at) => wayOf(release, at))).toEqual(['Way 1:', 'Way 2:', 'and', 'In any case:']);
	expect(wayOf([reports(0)], 0)).toBe('');
});

const fact = (kind: string, data: Record<string, unknown>): Fact => ({ id: 'e1', kind, happened_at: '', recorded_at: '', source: 'officer', data, withdrawn: false });

test('no two lines of a contact have the same name, and no regions are said as such', () => {
	const labels = factLines(fact('exposure', { level: 'close', basis: 'place', grade: 'witnessed', first_at: '', last_at: '', minutes: 30 })).map((line) => line.label);
	expect(new Set([...labels, 'Source']).size).toBe(labels.length + 1);
	expect(factLines(fact('declaration', { stayed_in: [] }))[0]?.value).toBe('nowhere named');
});

test('a refusal is found among the facts that the colour rests on', () => {
	const reasons = [{ code: 'P3', text: { en: '', zh: '' }, evidence: [{ id: 'e1', happened_at: '', source: 'officer' }] }];
	const facts = [fact('audit', { of: 'e0', result: 'refused', note: 'Name the place.' })];
	expect(refusalIn({ decision: decision({ colour: 'pending', reasons }), facts })).toEqual({ note: 'Name the place.' });
	expect(refusalIn({ decision: decision({ colour: 'pending' }), facts })).toBeNull();
	expect(refusalIn({ decision: decision({ colour: 'green', reasons }), facts })).toBeNull();
});

test('points are in the order of their names, and found by either language and by kind', () => {
	const point = (en: string, zh: string, kind: string): Point => ({ point: en, name: { en, zh }, kind, region: '330106', usual_stay_minutes: 60 });
	const points = [point('Shop 10', '十号店', 'market'), point('Shop 2', '二号店', 'market'), point('Clinic', '诊所', 'hospital')];
	expect(byName(points).map((one) => one.point)).toEqual(['Clinic', 'Shop 2', 'Shop 10']);
	expect(filtered(points, ' shop ').length).toBe(2);
	expect(filtered(points, '诊').map((one) => one.point)).toEqual(['Clinic']);
	expect(filtered(points, 'HOSPITAL').length).toBe(1);
});
