import { expect, test } from 'vitest';
import './browser.ts';
import { tick } from '#lib/forms/symptoms.ts';
import { codesOf, dataOf, inputsOf } from '#lib/console/values.ts';

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
	expect(dataOf(inputs.map((input) => ({ ...input, text: '', ticked: [] })))).toEqual({ symptoms: [] });
	const stays = inputsOf('declaration', { stayed_in: ['330106'] });
	expect(dataOf(stays.map((input) => ({ ...input, text: '' })))).toEqual({ stayed_in: [] });
});

test('times are shown in the zone, keep their seconds where nobody touched them, and are read in the zone', () => {
	const stay = { region: '420100', from: '2020-02-10T16:30:12.5Z', to: '2020-02-11T09:00:00+08:00' };
	const inputs = inputsOf('stay', stay);
	expect(inputs.map((input) => input.text)).toEqual(['420100', '2020-02-11T00:30', '2020-02-11T09:00']);
	expect(dataOf(inputs)).toEqual(stay);
	const changed = inputs.map((input) => (input.field === 'from' ? { ...input, text: '2020-02-11T00:45' } : input));
	expect(dataOf(changed)).toEqual({ ...stay, from: '2020-02-11T00:45:00+08:00' });
});

test('only whole region codes are looked up', () => {
	expect(codesOf('330106，4201, 330106009、IT')).toEqual(['330106', '330106009', 'IT']);
});
