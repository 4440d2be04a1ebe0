// Scans that a gate made alone: encrypted on the device, in order, and delivered once. Each has an id of its own, under which
// the server keeps it, however often it is sent.

import { Problem, write } from '#lib/api.ts';
import { kept, scanKey, seal, unseal, type Kept, type Sealed } from '#lib/kept.ts';

/** A scan as the server takes it. */
export interface AloneScan {
	id: string;
	code: string;
	direction: string;
	scanned_at: string;
	verdict: string;
	reason: string | null;
	colour: string | null;
	action: string;
	/** Where at the place, where the checker said. */
	part?: string;
}

/** As it waits, with the point at which it was made. */
interface Waits {
	point: string;
	scan: AloneScan;
}

const MOST_AT_ONCE = 200;

export class Waiting {
	/** How many scans of any point wait on this device. */
	count = $state(0);
	/** How many were delivered since the page opened. */
	delivered = $state(0);
	/** How many the server would not take, though nothing stood in the way; they stay. */
	refused = $state(0);
	private busy: Promise<void> | null = null;

	/** Only where there are keys. */
	constructor(private readonly open: () => Promise<Kept | null> = kept) {}

	async recount(): Promise<void> {
		const here = await this.open();
		this.count = here ? (await here.all('scans')).length : 0;
	}

	/** Done when it is on disk. */
	async add(point: string, scan: AloneScan): Promise<void> {
		const here = await this.open();
		if (!here) return;
		await here.add('scans', await seal(await scanKey(here), { point, scan } satisfies Waits));
		this.count += 1;
	}

	/** Delivers what waits for a point; one delivery at a time. */
	deliver(point: string): Promise<void> {
		return (this.busy ??= this.send(point).finally(() => (this.busy = null)));
	}

	private async send(point: string): Promise<void> {
		const here = await this.open();
		if (!here || this.count === 0) return;
		const key = await scanKey(here);
		const mine: { key: IDBValidKey; scan: AloneScan }[] = [];
		for (const { key: place, value } of await here.all<Sealed>('scans')) {
			const waits = await unseal<Waits>(key, value);
			if (waits.point === point) mine.push({ key: place, scan: waits.scan });
		}
		this.refused = 0;
		for (let from = 0; from < mine.length; from += MOST_AT_ONCE) await this.sendSome(here, mine.slice(from, from + MOST_AT_ONCE));
	}

	private async sendSome(here: Kept, some: readonly { key: IDBValidKey; scan: AloneScan }[]): Promise<void> {
		try {
			const { taken } = await write<{ taken: string[] }>('/gate/scans', { scans: some.map(({ scan }) => scan) });
			const gone = some.filter(({ scan }) => taken.includes(scan.id)).map(({ key }) => key);
			await here.remove('scans', gone);
			this.count -= gone.length;
			this.delivered += gone.length;
		} catch (fault) {
			const wrong = fault instanceof Problem && [400, 413, 422].includes(fault.document.status);
			if (!wrong) throw fault;
			// One that cannot be taken must not hold up the others.
			if (some.length === 1) this.refused += 1;
			else for (const one of some) await this.sendSome(here, [one]);
		}
	}
}
