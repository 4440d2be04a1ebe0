// Officers with the load of each.

export interface Officer {
	account: string;
	label: string;
	region: string;
	myself: boolean;
	cases: number;
	orders: number;
}
