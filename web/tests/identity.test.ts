import { expect, test } from 'vitest';
import { checkCharacter, identityFault } from '#lib/identity.ts';

test('the check character is that of the standard', () => {
	// Both numbers stand in GB 11643-1999 as examples.
	expect(checkCharacter('11010519491231002')).toBe('X');
	expect(checkCharacter('44052418800101001')).toBe('4');
});

test('a right number has no fault, in capitals or not, with spaces around it or not', () => {
	for (const number of ['11010519491231002X', '11010519491231002x', ' 11010519491231002X ']) expect(identityFault(number)).toBeNull();
});

test('every single mistyped digit is found', () => {
	const right = '330106199003070016';
	const number = right.slice(0, 17) + checkCharacter(right);
	for (let at = 0; at < 17; at += 1) {
		for (let digit = 0; digit < 10; digit += 1) {
			if (String(digit) === number[at]) continue;
			expect(identityFault(number.slice(0, at) + digit + number.slice(at + 1))).toBe('identity_check');
		}
	}
});

test('a date of birth that does not exist is named as such', () => {
	const body = '33010619900230001';
	expect(identityFault(body + checkCharacter(body))).toBe('identity_birthday');
	expect(identityFault('330106900230001')).toBe('identity_birthday');
});

test('other lengths and letters are no identity card number', () => {
	for (const text of ['', '1234', '11010519491231002Y', '1101051949123100200', '１１０１０５１９４９１２３１００２']) expect(identityFault(text)).toBe('identity_form');
});
