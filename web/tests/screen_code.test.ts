import { expect, test } from 'vitest';
import { shownAt } from '#lib/gate/screen_code.ts';

test('the screen shows the code of its half minute, and none when all have gone', () => {
	const at = (second: number) => new Date(Date.UTC(2026, 2, 2, 1, 0, second)).toISOString();
	const codes = [0, 30].map((from) => ({ from: at(from), until: at(from + 30), text: String(from) }));
	const shown = (second: number) => shownAt(codes, Date.parse(at(second)))?.text;
	expect([0, 29, 30, 59, 60, -1].map(shown)).toEqual(['0', '0', '30', '30', undefined, undefined]);
	expect(shownAt(codes, null)).toBeNull();
});
