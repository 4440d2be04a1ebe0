// How long ago something was, in the reader's language and short.

import { tag } from '#lib/language.svelte.ts';

/** So many seconds ago, in the one unit that says it best. */
export function agoOf(seconds: number): string {
	const relative = new Intl.RelativeTimeFormat(tag(), { style: 'short' });
	if (seconds < 60) return relative.format(-seconds, 'second');
	if (seconds < 3_600) return relative.format(-Math.floor(seconds / 60), 'minute');
	return seconds < 172_800 ? relative.format(-Math.floor(seconds / 3_600), 'hour') : relative.format(-Math.floor(seconds / 86_400), 'day');
}
