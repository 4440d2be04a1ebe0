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
	health_state = $state('normal');
	truth = $state(false);

	errors = $state<Record<string, Text>>({});
	trouble = $state<Trouble | null>(null);
	busy = $state(false);

	/** Checks the document number as soon as it is complete. */
	checkNumber(): void {
		delete this.errors.document_number;
		if (this.document_kind !== 'identity_card' || !this.document_number.trim()) return;
		const fault = identityFault(this.document_number);
		if (fault) this.errors.document_number = both(`fault.${fault}`);
	}

	private checkAll(): boolean {
		this.errors = {};
		if (!this.document_number.trim()) this.errors.document_number = both('fault.missing');
		else this.checkNumber();
		if (!this.name.trim()) this.errors.name = both('fault.missing');
		if (!this.phone.trim()) this.errors.phone = both('fault.missing');
		if (!this.district) this.errors.residence = both('fault.missing');
		if (!this.contact) this.errors.contact = both('fault.missing');
		if (!this.truth) this.errors.truth = both('fault.truth');
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
