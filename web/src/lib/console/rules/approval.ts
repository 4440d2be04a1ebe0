// From when until when an edition holds, as fields of a form.

import { fromLocalInput } from '#lib/clock.ts';
import type { MessageKey } from '#lib/language.svelte.ts';

export interface Dates {
	from: string;
	until: string;
}

/** What is wrong with the fields, if anything is. */
export function dateFaults(fields: Dates, nowMs: number | null): { [field in keyof Dates]?: MessageKey } {
	const [from, until] = [fromLocalInput(fields.from), fromLocalInput(fields.until)];
	const past = from !== null && nowMs !== null && Date.parse(from) < nowMs;
	const backwards = from !== null && until !== null && Date.parse(until) <= Date.parse(from);
	return {
		...(from === null ? { from: 'fault.missing' } : past ? { from: 'approve.past' } : {}),
		...(until === null ? { until: 'fault.missing' } : backwards ? { until: 'approve.order' } : {})
	};
}

/** The fields as the server reads them; both are filled in. */
export function datesOf(fields: Dates): Dates {
	return { from: fromLocalInput(fields.from) ?? '', until: fromLocalInput(fields.until) ?? '' };
}
