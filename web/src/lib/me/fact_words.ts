// What a piece of evidence says, in lines of plain words.

import { regionName } from '#lib/forms/regions.svelte.ts';
import { dayTime, t, word } from '#lib/language.svelte.ts';
import type { Fact } from '#lib/types.ts';

export interface Line {
	label: string;
	value: string;
}

/** How each field of evidence is said; fields that are missing here are shown as they are. */
const SAID: Record<string, (value: unknown) => string> = {
	symptoms: (list) => (Array.isArray(list) && list.length > 0 ? list.map((one) => word('symptom', one)).join(', ') : t('symptoms.none')),
	temperature_c: (value) => `${value} °C`,
	contact: (value) => word('contact', String(value)),
	stayed_in: (list) => (Array.isArray(list) && list.length > 0 ? list.map((one) => regionName(String(one))).join(', ') : t('fact.nowhere')),
	residence: (value) => regionName(String(value)),
	region: (value) => regionName(String(value)),
	from_country: (value) => regionName(String(value)),
	health_state: (value) => word('health_state', String(value)),
	assay: (value) => word('assay', String(value)),
	status: (value) => word('case', String(value)),
	level: (value) => word('level', String(value)),
	basis: (value) => word('basis', String(value)),
	grade: (value) => word('grade', String(value)),
	action: (value) => word('isolation', String(value)),
	place: (value) => word('isolation_place', String(value)),
	colour: (value) => word('colour', String(value)),
	minutes: (value) => t('fact.minutes', { count: String(value) }),
	for_other: (value) => (value ? t('form.yes') : t('form.no'))
};
/** Fields that hold an instant. */
export const TIMES = ['sampled_at', 'onset_at', 'first_at', 'last_at', 'from', 'to', 'until', 'entered_at'];
/** Names of other records say nothing to a reader. */
const LEFT_OUT = ['of', 'case', 'approved_by'];

function said(fact: Fact, field: string, value: unknown): string {
	if (TIMES.includes(field)) return dayTime(String(value));
	if (field === 'result') return word(fact.kind === 'audit' ? 'audit_result' : 'test', String(value));
	return SAID[field]?.(value) ?? String(value);
}

/** The lines of a fact. */
export function factLines(fact: Fact): Line[] {
	return Object.entries(fact.data)
		.filter(([field, value]) => value !== null && !LEFT_OUT.includes(field) && typeof value !== 'undefined')
		.map(([field, value]) => ({ label: word('field', field), value: typeof value === 'object' && !SAID[field] ? JSON.stringify(value) : said(fact, field, value) }));
}
