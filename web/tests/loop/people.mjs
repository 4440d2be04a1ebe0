// Made-up people: numbers that keep to GB 11643 and belong to nobody, since their region 330199 does not exist.
import { randomInt } from 'node:crypto';

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** @param {{ name: string }} given */
export function person({ name }) {
	const body = `33019919${randomInt(60, 99)}0${randomInt(1, 10)}1${randomInt(0, 10)}${String(randomInt(0, 1000)).padStart(3, '0')}`;
	const sum = WEIGHTS.reduce((sum, weight, at) => sum + weight * Number(body[at]), 0);
	return { name, number: body + '10X98765432'[sum % 11], phone: `139${String(randomInt(0, 100_000_000)).padStart(8, '0')}` };
}
