// Who sleeps under one roof, as the server says it.

import { fromLocalInput } from '#lib/clock.ts';
import { dayOfYear, t } from '#lib/language.svelte.ts';

export interface HouseholdPerson {
	person: string;
	masked_name: string;
	dependant: boolean;
	left: boolean;
}

export interface Household {
	household: string;
	basis: 'agreed' | 'officer';
	state: 'asked' | 'asks_you' | 'agreed' | 'ended';
	/** Dates of evenings. */
	first_night: string;
	last_night: string;
	others: HouseholdPerson[];
	reason: string;
	/** Why an officer ended it; empty otherwise. */
	end_reason: string;
}

export interface Households {
	households: Household[];
	/** Whom one answers for. */
	dependants: HouseholdPerson[];
	today: string;
}

/** The nights of a household, by the dates of their evenings. */
export function evenings(first: string, last: string): string {
	const shown = (date: string) => dayOfYear(fromLocalInput(`${date}T12:00`) ?? date);
	return t('household.nights', { first: shown(first), last: shown(last) });
}
