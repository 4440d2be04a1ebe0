import { expect, test } from 'vitest';
import en from '#messages/en.json';
import zh from '#messages/zh.json';

const places = (sentence: string) => [...sentence.matchAll(/\{\w+\}/g)].map(String).sort();

test('both languages have the same sentences in the same order', () => {
	expect(Object.keys(zh)).toEqual(Object.keys(en));
});

test('no sentence is empty, and both languages fill in the same values', () => {
	for (const [key, sentence] of Object.entries(en)) {
		const other = zh[key as keyof typeof zh];
		expect(sentence.trim(), key).not.toBe('');
		expect(other.trim(), key).not.toBe('');
		expect(places(other), key).toEqual(places(sentence));
	}
});

test('Chinese sentences are Chinese', () => {
	const latin = (sentence: string) => /[a-z]/i.test(sentence.replaceAll(/\{\w+\}/g, '')) && !/\p{Script=Han}/u.test(sentence);
	expect(Object.entries(zh).filter(([, sentence]) => latin(sentence))).toEqual([]);
});
