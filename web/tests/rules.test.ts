import { beforeEach, expect, test } from 'vitest';
import './browser.ts';
import { setClock } from '#lib/clock.ts';
import { dateFaults, datesOf } from '#lib/console/rules/approval.ts';
import { caseName, merged, mistakesOf, requestOf, sortOut } from '#lib/console/rules/bring.ts';
import { mostChanged, people, sortedMoves } from '#lib/console/rules/comparison.ts';
import { editionBefore, sorted, sortedDrafts, standingOf } from '#lib/console/rules/editions.ts';
import { draftPath, type Draft, type Edition, type Move } from '#lib/console/rules/types.ts';
import { choose } from '#lib/language.svelte.ts';

const NOW = Date.parse('2020-03-10T12:00:00+08:00');

beforeEach(() => {
	choose('en');
	const at = performance.now();
	setClock({ now: '2020-03-10T12:00:00+08:00', zone: 'Asia/Shanghai' }, at, at);
});

const edition = (version: number, from: string, until: string, in_force = false): Edition => ({
	name: 'city', version, title: { en: '', zh: '' }, from: `${from}T00:00:00+08:00`, until: `${until}T00:00:00+08:00`, in_force
});
const EDITIONS = [
	edition(5, '2020-06-01', '2020-09-01'),
	edition(4, '2020-04-01', '2020-06-01'),
	edition(3, '2020-03-01', '2020-06-01', true),
	edition(2, '2020-02-20', '2020-03-05'),
	edition(1, '2020-02-11', '2020-06-30')
];
const versions = (editions: readonly { version: number }[]) => editions.map((one) => one.version);

test('editions stand where their dates put them: the next one first, the latest earlier one first', () => {
	const { inForce, toCome, earlier } = sorted(EDITIONS, NOW);
	expect([versions(inForce), versions(toCome), versions(earlier)]).toEqual([[3], [4, 5], [2, 1]]);
	expect(EDITIONS.map((one) => standingOf(one, NOW))).toEqual(['to_come', 'to_come', 'in_force', 'ended', 'replaced']);
});

test('what holds after a withdrawal is the edition that was replaced, not the one that ended', () => {
	expect(editionBefore(EDITIONS, NOW)?.version).toBe(1);
	expect(editionBefore(EDITIONS.slice(0, 4), NOW)).toBeNull();
});

test('drafts that wait come before those that were approved, the newest first', () => {
	const draft = (version: number, made_at: string, approved_at: string | null = null) => ({ version, made_at, approved_at }) as Draft;
	expect(versions(sortedDrafts([draft(1, '2020-03-01T00:00:00Z'), draft(2, '2020-03-03T00:00:00Z', '2020-03-04T00:00:00Z'), draft(3, '2020-03-02T00:00:00Z')]))).toEqual([3, 1, 2]);
	expect(draftPath({ name: 'a b', version: 2 })).toBe('/rules/drafts/a%20b/2');
});

test('changes come before colours that stay, and the largest number first', () => {
	const move = (from: Move['from'], to: Move['to'], count: number): Move => ({ from, to, people: count, examples: [] });
	const moves = sortedMoves([move('green', 'green', 900), move('yellow', 'green', 7), move('red', 'yellow', 7), move('green', 'yellow', 30)]);
	expect(moves.map(({ from, to }) => `${from} ${to}`)).toEqual(['green yellow', 'red yellow', 'yellow green', 'green green']);
	expect(people(12_345)).toBe('12,345');
});

test('the ten regions with most changes are named, and none without any', () => {
	const regions = Array.from({ length: 14 }, (_, at) => ({ name: `3301${String(at).padStart(2, '0')}`, changed: at, people: 100 }));
	const shown = mostChanged(regions);
	expect(shown.map((one) => one.changed)).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4]);
	expect(mostChanged(regions.slice(0, 3)).map((one) => one.changed)).toEqual([2, 1]);
	expect(regions[0]?.changed).toBe(0);
});

test('of a folder, its rules and the files of its cases are taken, and nothing else', () => {
	const paths = ['city/README.md', 'city/cases/b.toml', 'city/rules.toml', 'city/cases/a.toml', 'city/cases/old/c.toml', 'city/notes.toml'];
	expect(sortOut(paths)).toEqual({ rules: 'city/rules.toml', cases: ['city/cases/a.toml', 'city/cases/b.toml'] });
	expect(sortOut(['cases/a.toml'])).toEqual({ rules: null, cases: ['cases/a.toml'] });
	expect(caseName('city/cases/a_fever_makes_yellow.toml')).toBe('a_fever_makes_yellow');
});

test('of files chosen one by one, all but the rules are cases', () => {
	expect(sortOut(['b.toml', 'rules.toml', 'a.toml', 'photo.jpg'])).toEqual({ rules: 'rules.toml', cases: ['a.toml', 'b.toml'] });
	expect(sortOut(['a.toml'])).toEqual({ rules: null, cases: ['a.toml'] });
});

test('files that are no edition, or several, are told', () => {
	expect(sortOut(['photo.jpg'])).toEqual({ fault: 'none' });
	expect(sortOut(['one/rules.toml', 'two/rules.toml'])).toEqual({ fault: 'several' });
});

test('a whole edition replaces what was there; single files replace those of their name', () => {
	const before = { rules: 'old', cases: [{ name: 'a', text: '1' }, { name: 'b', text: '2' }] };
	expect(merged(before, { rules: 'new', cases: [{ name: 'c', text: '3' }] })).toEqual({ rules: 'new', cases: [{ name: 'c', text: '3' }] });
	expect(merged(before, { rules: 'new', cases: [] })).toEqual({ ...before, rules: 'new' });
	expect(merged(before, { rules: null, cases: [{ name: 'a', text: '9' }] })).toEqual({ rules: 'old', cases: [{ name: 'b', text: '2' }, { name: 'a', text: '9' }] });
});

test('a request has no empty cases, a name for each, and the texts as they are', () => {
	const cases = [{ name: ' a ', text: 'x = 1\n' }, { name: 'empty', text: ' \n' }, { name: '', text: 'y' }];
	expect(requestOf({ rules: ' r\n', cases })).toEqual({ rules: ' r\n', cases: [{ name: 'a', text: 'x = 1\n' }, { name: 'case_2', text: 'y' }] });
});

test('each line of the detail is one mistake', () => {
	expect(mistakesOf('line 1: a\r\n\nline 2: b: c\n')).toEqual(['line 1: a', 'line 2: b: c']);
	expect(mistakesOf(undefined)).toEqual([]);
});

test('an edition begins in the future and ends after that, in the zone shown', () => {
	expect(dateFaults({ from: '', until: '' }, NOW)).toEqual({ from: 'fault.missing', until: 'fault.missing' });
	expect(dateFaults({ from: '2020-03-10T11:59', until: '2020-03-11T00:00' }, NOW)).toEqual({ from: 'approve.past' });
	expect(dateFaults({ from: '2020-03-11T00:00', until: '2020-03-11T00:00' }, NOW)).toEqual({ until: 'approve.order' });
	expect(dateFaults({ from: '2020-03-10T12:01', until: '2020-03-11T00:00' }, NOW)).toEqual({});
	expect(datesOf({ from: '2020-03-11T00:00', until: '2020-04-11T00:00' })).toEqual({ from: '2020-03-11T00:00:00+08:00', until: '2020-04-11T00:00:00+08:00' });
});
