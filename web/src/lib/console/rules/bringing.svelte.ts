// The form that brings an edition in: what is in it stays until the server has taken it.

import { Problem, write } from '#lib/api.ts';
import { caseName, merged, mistakesOf, requestOf, sortOut, type RuleCase } from '#lib/console/rules/bring.ts';
import { both, type Text } from '#lib/language.svelte.ts';
import { troubleOf, type Trouble } from '#lib/trouble.ts';

export interface Taken {
	name: string;
	version: number;
	cases: number;
}

export class Bringing {
	rules = $state('');
	cases = $state<RuleCase[]>([]);
	errors = $state<Record<string, Text>>({});
	mistakes = $state.raw<string[]>([]);
	trouble = $state<Trouble | null>(null);
	busy = $state(false);

	/** Takes over files that were chosen. */
	async choose(files: readonly File[]): Promise<void> {
		this.errors = {};
		const byPath = new Map(files.map((file) => [file.webkitRelativePath || file.name, file]));
		const picked = sortOut([...byPath.keys()]);
		if ('fault' in picked) {
			this.errors = { files: both(`bring.${picked.fault}`) };
			return;
		}
		const textOf = async (path: string) => (await byPath.get(path)?.text()) ?? '';
		try {
			const rules = picked.rules === null ? null : await textOf(picked.rules);
			const cases = await Promise.all(picked.cases.map(async (path) => ({ name: caseName(path), text: await textOf(path) })));
			({ rules: this.rules, cases: this.cases } = merged({ rules: this.rules, cases: this.cases }, { rules, cases }));
		} catch {
			this.errors = { files: both('bring.unreadable') };
		}
	}

	/** Checks the fields again that have an error. */
	recheck(): void {
		const faults = this.faults();
		for (const field of ['rules', 'cases']) if (!faults[field]) delete this.errors[field];
	}

	private faults(): Record<string, Text> {
		return {
			...(this.rules.trim() ? {} : { rules: both('fault.missing') }),
			...(requestOf(this).cases.length > 0 ? {} : { cases: both('bring.no_cases') })
		};
	}

	/** What the server took in; null where it did not. */
	async submit(): Promise<Taken | null> {
		if (this.busy) return null;
		[this.errors, this.mistakes, this.trouble] = [this.faults(), [], null];
		if (Object.keys(this.errors).length > 0) return null;
		this.busy = true;
		try {
			const taken = await write<Taken>('/rules/drafts', requestOf({ rules: this.rules, cases: $state.snapshot(this.cases) }));
			[this.rules, this.cases] = ['', []];
			return taken;
		} catch (fault) {
			this.trouble = troubleOf(fault);
			if (fault instanceof Problem && fault.code === 'edition_mistakes') this.mistakes = mistakesOf(fault.document.detail);
			return null;
		} finally {
			this.busy = false;
		}
	}
}
