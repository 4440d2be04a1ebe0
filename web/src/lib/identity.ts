// GB 11643: an identity card number ends with a check character, ISO 7064 MOD 11-2 over the seventeen digits before.

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = '10X98765432';

export type IdentityFault = 'identity_form' | 'identity_check' | 'identity_birthday';

/** The check character of seventeen digits. */
export function checkCharacter(body: string): string {
	const sum = WEIGHTS.reduce((sum, weight, at) => sum + weight * Number(body[at]), 0);
	return CHECKS[sum % 11]!;
}

function isDay(text: string): boolean {
	const [year, month, day] = [text.slice(0, 4), text.slice(4, 6), text.slice(6, 8)].map(Number) as [number, number, number];
	const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
	const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
	return year >= 1890 && day >= 1 && day <= days;
}

/** What is wrong with an identity card number, or null. Numbers of 15 digits (before 1999) have no check character. */
export function identityFault(text: string): IdentityFault | null {
	const number = text.trim().toUpperCase();
	if (/^\d{15}$/.test(number)) return isDay(`19${number.slice(6, 12)}`) ? null : 'identity_birthday';
	if (!/^\d{17}[\dX]$/.test(number)) return 'identity_form';
	if (checkCharacter(number) !== number[17]) return 'identity_check';
	return isDay(number.slice(6, 14)) ? null : 'identity_birthday';
}
