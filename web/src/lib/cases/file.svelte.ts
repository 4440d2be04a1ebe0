// A case file as an officer sees and changes it.

import { read, write } from '#lib/api.ts';
import { clockKnown } from '#lib/clock.ts';
import { purpose } from '#lib/console/people.svelte.ts';
import type { CaseFile } from '#lib/cases/types.ts';
import { troubleOf, type Trouble } from '#lib/trouble.ts';

export class FileView {
	id = $state('');
	file = $state.raw<CaseFile | null>(null);
	clusters = $state.raw<{ id: string; name: string; cases: number }[]>([]);
	trouble = $state<Trouble | null>(null);
	busy = $state(false);

	private get path(): string {
		return `/cases/${encodeURIComponent(this.id)}`;
	}

	async open(id: string): Promise<void> {
		if (id !== this.id) this.file = null;
		this.id = id;
		if (id && purpose.chosen) await this.run(() => Promise.resolve());
	}

	/** Does something, then sees the file again. */
	async run(act: () => Promise<unknown>): Promise<boolean> {
		[this.trouble, this.busy] = [null, true];
		try {
			await act();
			await clockKnown();
			this.file = await read<CaseFile>(`${this.path}?purpose=${purpose.chosen}`);
			this.clusters = (await read<{ items: { id: string; name: string; cases: number }[] }>('/clusters')).items;
			return true;
		} catch (fault) {
			this.trouble = troubleOf(fault);
			return false;
		} finally {
			this.busy = false;
		}
	}

	post = (what: string, body: unknown): Promise<boolean> => this.run(() => write(`${this.path}/${what}`, body));

	/** Puts the case into a cluster that is opened for it. */
	openCluster(name: string): Promise<boolean> {
		return this.run(async () => {
			const { id } = await write<{ id: string }>('/clusters', { name });
			await write(`${this.path}/clusters`, { cluster: id });
		});
	}
	breakGlass = (reason: string): Promise<boolean> => this.run(() => write(`/people/${encodeURIComponent(this.id)}/break-glass`, { reason }));
}
