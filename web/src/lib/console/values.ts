// Evidence as fields of a form and back: for each field of the data one input, of the kind that its value has.

import { asLocalInput, fromLocalInput } from '#lib/clock.ts';
import { TIMES } from '#lib/me/fact_words.ts';

const WORDS: Record<string, readonly string[]> = {
	contact: ['no', 'yes', 'unsure'],
	health_state: ['normal', 'home_observation', 'central_observation', 'hospital'],
	assay: ['pcr', 'antigen', 'antibody'],
	status: ['suspected', 'confirmed', 'asymptomatic', 'excluded', 'recovered'],
	level: ['close', 'secondary', 'general'],
	basis: ['household', 'place', 'transport', 'declared', 'investigation'],
	grade: ['witnessed', 'rotating', 'poster', 'declared'],
	action: ['ordered', 'extended', 'shortened', 'ended'],
	place: ['central', 'home', 'monitoring']
};
const REGIONS = ['residence', 'region', 'from_country'];
/** The group of messages that words of a field are said with, where it is not named like the field. */
const GROUPS: Record<string, string> = { status: 'case', action: 'isolation', place: 'isolation_place' };

export type Value = string | number | boolean | null | string[];
export interface Input {
	field: string;
	kind: 'word' | 'number' | 'yes_no' | 'symptoms' | 'regions' | 'list' | 'region' | 'time' | 'day' | 'text';
	words: readonly string[];
	group: string;
	text: string;
	checked: boolean;
	/** The words ticked. */
	ticked: string[];
	/** A time as it came: fields hold minutes, and a time that nobody touched keeps its seconds. */
	before: string;
}

function result(kind: string): readonly string[] {
	return kind === 'audit' ? ['confirmed', 'refused'] : ['negative', 'positive', 'inconclusive'];
}

/** The inputs for the data of a fact of `kind`. */
export function inputsOf(kind: string, data: Record<string, unknown>): Input[] {
	return Object.entries(data).map(([field, value]) => {
		const words = field === 'result' ? result(kind) : (WORDS[field] ?? []);
		const group = field === 'result' ? (kind === 'audit' ? 'audit_result' : 'test') : (GROUPS[field] ?? field);
		const base = { field, words, group, text: String(value ?? ''), checked: value === true, ticked: [], before: String(value ?? '') };
		if (words.length > 0) return { ...base, kind: 'word' };
		if (field === 'symptoms' && Array.isArray(value)) return { ...base, kind: 'symptoms', ticked: value.map(String) };
		if (Array.isArray(value)) return { ...base, kind: field === 'stayed_in' ? 'regions' : 'list', text: value.join(', ') };
		if (TIMES.includes(field)) return { ...base, kind: 'time', text: asLocalInput(base.before) };
		if (field === 'given_on') return { ...base, kind: 'day' };
		if (REGIONS.includes(field)) return { ...base, kind: 'region' };
		if (typeof value === 'boolean') return { ...base, kind: 'yes_no' };
		return { ...base, kind: typeof value === 'number' ? 'number' : 'text' };
	});
}

const listOf = (text: string): string[] => text.split(/[,，、\s]+/).filter(Boolean);

/** The whole region codes in a text. */
export const codesOf = (text: string): string[] => listOf(text).filter((one) => /^(\d{6}|\d{9}|\d{12}|[A-Z]{2})$/.test(one));

/** The data that the inputs hold; an emptied field is left out. */
export function dataOf(inputs: readonly Input[]): Record<string, Value> {
	const data: Record<string, Value> = {};
	for (const { field, kind, text, checked, ticked, before } of inputs) {
		if (kind === 'list' || kind === 'regions') data[field] = listOf(text);
		else if (kind === 'symptoms') data[field] = ticked;
		else if (kind === 'time') {
			const time = text === asLocalInput(before) ? before : fromLocalInput(text);
			if (time) data[field] = time;
		} else if (kind === 'yes_no') data[field] = checked;
		else if (text.trim() !== '') data[field] = kind === 'number' ? Number(text) : text.trim();
	}
	return data;
}
