// How long ago something was, in the reader's language and short.

import { tag } from '#lib/language.svelte.ts';

/** A span of so many seconds, in the one unit that says it best. */
export function spanOf(seconds: number): string {
	const [count, unit] = seconds < 60 ? [seconds, 'second'] : seconds < 3_600 ? [seconds / 60, 'minute'] : seconds < 172_800 ? [seconds / 3_600, 'hour'] : [seconds / 86_400, 'day'];
	return new Intl.NumberFormat(tag(), { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 0, roundingMode: 'floor' }).format(count);
}
