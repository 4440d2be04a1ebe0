// What time alone will change, in one sentence.

import { day, dayOfYear, dayTime, fromNow, t } from '#lib/language.svelte.ts';
import type { Decision } from '#lib/types.ts';

/** Needs that are counted in reports, so that a missed one shows. */
const REPORTED = ['daily_reports', 'report_days', 'report'];

export function changes({ next_change_at: at, release }: Decision): string {
	if (!at) return t('me.change_none');
	const distance = fromNow(at);
	if (release.some((need) => need.at && Date.parse(need.at) === Date.parse(at))) return t('me.change_itself', { time: dayTime(at), distance });
	if (release.some((need) => need.done > 0 && REPORTED.includes(need.need))) return t('me.change_missed', { day: day(at), distance });
	// Nothing is done yet, so a missed report takes nothing away, and what is asked has no end of its own.
	return release.length > 0 ? t('me.change_none') : t('me.change_valid', { day: dayOfYear(at), distance });
}
