import { expect, test } from 'vitest';
import { tick } from '#lib/forms/symptoms.ts';
import { dataOf, inputsOf } from '#lib/console/values.ts';

test('"none" clears the other symptoms', () => {
	expect(tick(['fever', 'fatigue'], null)).toEqual([]);
});

test('the two fevers exclude each other', () => {
	expect(tick(['fever', 'fatigue'], 'fever_low')).toEqual(['fatigue', 'fever_low']);
	expect(tick(['fever_low'], 'fever')).toEqual(['fever']);
});

test('a symptom ticked twice is taken back', () => {
	expect(tick(['fatigue'], 'fatigue')).toEqual([]);
});

test('evidence that nobody touched comes out of the form as it went in', () => {
	const declaration = { symptoms: ['fever'], temperature_c: 37.9, contact: 'no', stayed_in: ['330106', '420100'], health_state: 'normal' };
	expect(dataOf(inputsOf('declaration', declaration))).toEqual(declaration);
	const purchase = { medicine: 'ibuprofen', for_other: true };
	expect(dataOf(inputsOf('medicine_purchase', purchase))).toEqual(purchase);
});

test('an emptied field is left out, an emptied list stays a list', () => {
	const inputs = inputsOf('declaration', { symptoms: ['fever'], temperature_c: 37.9 });
	expect(dataOf(inputs.map((input) => ({ ...input, text: '' })))).toEqual({ symptoms: [] });
});
