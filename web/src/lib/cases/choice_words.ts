// What an officer may decide about a crowded place, in words.

import type { Choice } from '#lib/cases/tracing.ts';
import { t } from '#lib/language.svelte.ts';

export function choiceWords(choice: Choice): string {
	if (choice.choice !== 'narrow') return t(`choice.${choice.choice}`);
	const terms = [
		choice.at_least_minutes ? t('choice.minutes', { minutes: choice.at_least_minutes }) : '',
		choice.same_part ? t('choice.part') : '',
		choice.same_way ? t('choice.way') : ''
	];
	return t('choice.narrow', { terms: terms.filter(Boolean).join(t('choice.and')) });
}
