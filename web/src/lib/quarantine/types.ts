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
	edition: string;
	from: string;
	until: string;
	ordered_at: string;
	state: 'ahead' | 'running' | 'past_end' | 'released' | 'closed';
	days: OrderDay[];
	changes: { at: string; action: string; until_before: string; until_after: string | null; reason: string; by: string | null }[];
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

/** A letter about an order, to be printed. */
export const letterHref = (kind: 'order' | 'release', person: string, order: string): string => `/console/letter#${kind}/${encodeURIComponent(person)}/${encodeURIComponent(order)}`;

/** An order that holds somebody now. */
export const stands = (order: Order | null | undefined): boolean => order?.state === 'ahead' || order?.state === 'running' || order?.state === 'past_end';

/** Whether a report of today is still wanted. */
export const isDue = (order: Order | null | undefined): boolean => stands(order) && (order?.days.some((day) => day.report === 'due' || day.report === 'late') ?? false);
