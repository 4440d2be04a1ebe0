// Evidence as fields of a form and back: for each field of the data one input, of the kind that its value has.

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
/** The group of messages that words of a field are said with, where it is not named like the field. */
const GROUPS: Record<string, string> = { status: 'case', action: 'isolation', place: 'isolation_place' };

export type Value = string | number | boolean | null | string[];
export interface Input {
	field: string;
	kind: 'word' | 'number' | 'yes_no' | 'list' | 'text';
	words: readonly string[];
	group: string;
	text: string;
	checked: boolean;
}

function result(kind: string): readonly string[] {
	return kind === 'audit' ? ['confirmed', 'refused'] : ['negative', 'positive', 'inconclusive'];
}

/** The inputs for the data of a fact of `kind`. */
export function inputsOf(kind: string, data: Record<string, unknown>): Input[] {
	return Object.entries(data).map(([field, value]) => {
		const words = field === 'result' ? result(kind) : (WORDS[field] ?? []);
		const group = field === 'result' ? (kind === 'audit' ? 'audit_result' : 'test') : (GROUPS[field] ?? field);
		const base = { field, words, group, text: String(value ?? ''), checked: value === true };
		if (words.length > 0) return { ...base, kind: 'word' };
		if (Array.isArray(value)) return { ...base, kind: 'list', text: value.join(', ') };
		if (typeof value === 'boolean') return { ...base, kind: 'yes_no' };
		return { ...base, kind: typeof value === 'number' ? 'number' : 'text' };
	});
}

/** The data that the inputs hold; an emptied field is left out. */
export function dataOf(inputs: readonly Input[]): Record<string, Value> {
	const data: Record<string, Value> = {};
	for (const { field, kind, text, checked } of inputs) {
		if (kind === 'list') data[field] = text.split(/[,，、\s]+/).filter(Boolean);
		else if (kind === 'yes_no') data[field] = checked;
		else if (text.trim() !== '') data[field] = kind === 'number' ? Number(text) : text.trim();
	}
	return data;
}
