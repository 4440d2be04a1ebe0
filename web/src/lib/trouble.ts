// What a page says when the server refuses or cannot be reached.

import { Problem } from '#lib/api.ts';
import { both, type Text } from '#lib/language.svelte.ts';

export interface Trouble {
	text: Text;
	next: Text;
	code: string;
	field?: string;
}

export function troubleOf(fault: unknown): Trouble {
	if (fault instanceof Problem) {
		const { text, next, code, field } = fault.document;
		return { text, next: next ?? { en: '', zh: '' }, code, field };
	}
	return { text: both('trouble.unreachable'), next: both('trouble.try_again'), code: 'unreachable' };
}
