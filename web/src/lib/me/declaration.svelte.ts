// A declaration while it is being filled in. It lives in this page's memory and nowhere else.

import { write } from '#lib/api.ts';
import { identityFault } from '#lib/identity.ts';
import { both, type Text } from '#lib/language.svelte.ts';
import { openDevice } from '#lib/session.svelte.ts';
import { troubleOf, type Trouble } from '#lib/trouble.ts';

export class DeclarationForm {
	document_kind = $state('identity_card');
	document_number = $state('');
	name = $state('');
	phone = $state('');
	district = $state('');
	street = $state('');
	temperature = $state<number | null>(null);
	symptoms = $state<string[]>([]);
	contact = $state('');
	stays = $state<string[]>([]);
	/** What is typed into the searches for regions and not chosen yet: it is in no list, so it would be lost. */
	residence_search = $state('');
	stay_search = $state('');
	health_state = $state('normal');
	truth = $state(false);

	errors = $state<Record<string, Text>>({});
	trouble = $state<Trouble | null>(null);
	busy = $state(false);

	/** Checks the document number as soon as it is complete. */
	checkNumber(): void {
		delete this.errors.document_number;
		const fault = this.document_number.trim() && this.numberFault();
		if (fault) this.errors.document_number = fault;
	}

	/** Checks a field again that has an error, since it was changed. */
	recheck(field: string): void {
		if (field === 'document_kind') field = 'document_number';
		if (!(field in this.errors)) return;
		const fault = this.faults()[field];
		if (fault) this.errors[field] = fault;
		else delete this.errors[field];
	}

	private numberFault(): Text | null {
		const fault = this.document_kind === 'identity_card' ? identityFault(this.document_number) : null;
		return fault && both(`fault.${fault}`);
	}

	private faults(): Record<string, Text | null | false> {
		const missing = both('fault.missing');
		return {
			document_number: this.document_number.trim() ? this.numberFault() : missing,
			name: !this.name.trim() && missing,
			phone: !this.phone.trim() && missing,
			residence: !this.district && !this.residence_search.trim() && missing,
			residence_search: !!this.residence_search.trim() && both('fault.region'),
			stayed_in: !!this.stay_search.trim() && both('fault.region'),
			contact: !this.contact && missing,
			truth: !this.truth && both('fault.truth')
		};
	}

	private checkAll(): boolean {
		this.errors = {};
		for (const [field, fault] of Object.entries(this.faults())) if (fault) this.errors[field] = fault;
		return Object.keys(this.errors).length === 0;
	}

	private body() {
		return {
			document_kind: this.document_kind,
			document_number: this.document_number.trim(),
			name: this.name.trim(),
			phone: this.phone.trim(),
			symptoms: $state.snapshot(this.symptoms),
			...(this.temperature === null ? {} : { temperature_c: this.temperature }),
			contact: this.contact,
			stayed_in: $state.snapshot(this.stays),
			residence: this.street || this.district,
			health_state: this.health_state
		};
	}

	/** Whether the declaration was accepted; else the errors say why not. */
	async submit(): Promise<boolean> {
		this.trouble = null;
		if (this.busy || !this.checkAll()) return false;
		this.busy = true;
		try {
			await openDevice();
			await write('/declarations', this.body());
			return true;
		} catch (fault) {
			const trouble = troubleOf(fault);
			if (trouble.field) this.errors[trouble.field] = trouble.text;
			else this.trouble = trouble;
			return false;
		} finally {
			this.busy = false;
		}
	}
}
