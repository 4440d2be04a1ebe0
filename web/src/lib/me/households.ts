// Who sleeps under one roof, as the server says it.

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
