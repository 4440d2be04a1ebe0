// The way out in words: what is asked, and how much of it is done.

import { dayTime, t, word } from '#lib/language.svelte.ts';
import type { Need } from '#lib/types.ts';

/** "3 of 14", or when time completes it. */
export function stateOf(need: Need): string {
	return need.at ? t('me.need_at', { at: dayTime(need.at) }) : t('me.progress', { done: need.done, of: need.of });
}

/** What stands before the need at `at`: its way where there are several, "and" where the one before is of the same. */
export function wayOf(release: readonly Need[], at: number): string {
	const way = release[at]?.way;
	if (way === undefined) return release.some((need) => need.way !== undefined) ? t('me.way_always') : '';
	return at > 0 && release[at - 1]?.way === way ? t('me.way_and') : t('me.way', { way });
}
