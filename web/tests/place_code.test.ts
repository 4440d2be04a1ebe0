import { expect, test } from 'vitest';
import { proofOf } from '#lib/me/place_code.ts';

test('a code tells its kind, bare or in the address that carries it', () => {
	for (const before of ['', ' ', '#', 'https://code.example/me/here#']) {
		expect(proofOf(`${before}p.0af1.1.oE6n-yU_k5\n`), before).toBe('poster');
		expect(proofOf(`${before}r.0af1.1.58000000.oE6n-yU_k5`), before).toBe('rotating');
	}
});

test('what is no code of a place is told at once', () => {
	for (const text of ['', 'hello', 'p', 'p.', 'EPC1:ABC.DEF', 'https://example.com/menu', 'x.0af1.1.oE6n', 'r.0af1 1.oE6n']) {
		expect(proofOf(text), text).toBeNull();
	}
});
