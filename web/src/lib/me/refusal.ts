// Whether the last declaration was not accepted, and what the officer wrote.

import type { Why } from '#lib/types.ts';

export function refusalIn({ decision, facts }: Pick<Why, 'decision' | 'facts'>): { note: string } | null {
	if (decision.colour !== 'pending') return null;
	const used = decision.reasons.flatMap((reason) => reason.evidence.map((one) => one.id));
	const audit = facts.find((fact) => fact.kind === 'audit' && used.includes(fact.id) && fact.data.result === 'refused');
	return audit ? { note: typeof audit.data.note === 'string' ? audit.data.note : '' } : null;
}
