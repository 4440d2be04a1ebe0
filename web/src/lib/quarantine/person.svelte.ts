// The orders of a person as an officer sees and changes them.

import { read, write } from '#lib/api.ts';
import { purpose } from '#lib/console/people.svelte.ts';
import type { Orders } from '#lib/quarantine/types.ts';
import { troubleOf, type Trouble } from '#lib/trouble.ts';

export class OrdersView {
	orders = $state.raw<Orders | null>(null);
	trouble = $state<Trouble | null>(null);
	busy = $state(false);

	constructor(private readonly person: string) {}

	private get path(): string {
		return `/people/${encodeURIComponent(this.person)}`;
	}

	/** Does something, then sees the orders again. */
	async run(act: () => Promise<unknown>): Promise<boolean> {
		[this.trouble, this.busy] = [null, true];
		try {
			await act();
			this.orders = await read<Orders>(`${this.path}/quarantines?purpose=${purpose.chosen}`);
			return true;
		} catch (fault) {
			this.trouble = troubleOf(fault);
			return false;
		} finally {
			this.busy = false;
		}
	}

	load = (): Promise<boolean> => this.run(() => Promise.resolve());
	order = (body: unknown): Promise<boolean> => this.run(() => write(`${this.path}/quarantines`, body));
	change = (order: string, body: unknown): Promise<boolean> => this.run(() => write(`${this.path}/quarantines/${encodeURIComponent(order)}/changes`, body));
	withdraw = (order: string, reason: string): Promise<boolean> => this.run(() => write(`${this.path}/quarantines/${encodeURIComponent(order)}/withdrawal`, { reason }));
	transfer = (order: string, region: string, reason: string): Promise<boolean> => this.run(() => write(`${this.path}/quarantines/${encodeURIComponent(order)}/transfer`, { region, reason }));
	guardian = (guardian: string, reason: string): Promise<boolean> => this.run(() => write(`${this.path}/guardians`, { guardian, reason }));
	door = (met: boolean): Promise<boolean> => this.run(() => write('/door-checks', { person: this.person, met }));
}
