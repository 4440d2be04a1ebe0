// Orders of isolation as the server says them.

export interface OrderDay {
	day: string;
	report: string;
	test: string;
}

export interface Order {
	order: string;
	kind: string;
	place: string;
	address: string | null;
	reason: string;
	edition: string;
	from: string;
	until: string;
	ordered_at: string;
	state: 'ahead' | 'running' | 'past_end' | 'released' | 'closed';
	days: OrderDay[];
	changes: { at: string; action: string; until_before: string; until_after: string | null; region_before: string | null; region_after: string | null; reason: string; by: string | null }[];
}

export interface Member {
	person: string;
	myself: boolean;
	masked_name: string;
	order: Order | null;
}

export interface WholeOrder extends Order {
	ordered_by: string;
	officer: string | null;
	door_checks: { at: string; outcome: string; proof: string; role: string }[];
}

export interface Orders {
	orders: WholeOrder[];
	flags: { why: string; times: number; first_at: string; last_at: string }[];
	guardians: { person: string; masked_name: string | null }[];
}

/** What is ordered. */
export interface OrderBody {
	kind: string;
	place: string;
	until: string;
	address?: string;
	reason?: string;
}

/** The letters that there are about an order. */
export function lettersOf(order: Order): ('order' | 'change' | 'release')[] {
	const letters: ('order' | 'change' | 'release')[] = [];
	if (order.state !== 'closed') letters.push('order');
	if (order.changes.length > 0) letters.push('change');
	if (order.state === 'released') letters.push('release');
	return letters;
}

/** An order that holds somebody now. */
export const stands = (order: Order | null | undefined): boolean => order?.state === 'ahead' || order?.state === 'running' || order?.state === 'past_end';

/** Whether a report of today is still wanted. */
export const isDue = (order: Order | null | undefined): boolean => stands(order) && (order?.days.some((day) => day.report === 'due' || day.report === 'late') ?? false);
