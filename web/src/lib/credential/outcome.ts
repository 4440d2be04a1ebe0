// What may come of looking at a text: nine outcomes, and under each the stable reasons that lead to it. Of the reasons,
// those that a code of our own can have, in the order in which the steps are taken.

import { CborFault } from './cbor.ts';

const OUTCOMES = {
	text_too_long: 'malformed',
	profile_hcert: 'unsupported',
	profile_nzcp: 'unsupported',
	profile_shc: 'unsupported',
	pass_version: 'unsupported',
	prefix: 'malformed',
	base45: 'malformed',
	cbor_short: 'malformed',
	cbor_not_deterministic: 'malformed',
	cbor_trailing: 'malformed',
	tag: 'malformed',
	envelope: 'malformed',
	protected_header: 'malformed',
	algorithm: 'unsupported',
	unprotected_header: 'malformed',
	signature_length: 'malformed',
	claims: 'malformed',
	issuer: 'malformed',
	device_key: 'malformed',
	paper: 'malformed',
	presentation: 'malformed',
	presentation_without_device: 'malformed',
	status_reference: 'malformed',
	time_range: 'malformed',
	lifetime: 'malformed',
	key_unknown: 'unknown_key',
	key_withdrawn: 'withdrawn_key',
	signature: 'bad_signature',
	device_signature: 'bad_signature',
	key_purpose: 'wrong_usage',
	key_issuer: 'wrong_usage',
	key_not_yet_in_force: 'unknown_key',
	key_no_longer_in_force: 'unknown_key',
	issued_later: 'not_yet_valid',
	ended: 'expired',
	presented_later: 'not_yet_valid',
	presented_earlier: 'expired'
} as const;

export type Reason = keyof typeof OUTCOMES;
/** Every outcome but `valid`, which no reason leads to. */
export type Refused = (typeof OUTCOMES)[Reason];

export const REASONS = Object.keys(OUTCOMES) as Reason[];

export function outcomeOf(reason: Reason): Refused {
	return OUTCOMES[reason];
}

/** The reason of the later step. */
export function later(one: Reason, other: Reason): Reason {
	return REASONS.indexOf(one) >= REASONS.indexOf(other) ? one : other;
}

/** A text is refused. */
export class Refusal extends Error {
	constructor(readonly reason: Reason) {
		super(reason);
	}
}

/** Reads a part; a fault of the CBOR in it becomes the reader's reason. */
export function inside<T>(part: Reason, read: () => T): T {
	try {
		return read();
	} catch (fault) {
		if (!(fault instanceof CborFault)) throw fault;
		throw new Refusal(fault.kind === 'unexpected' ? part : (`cbor_${fault.kind}` as const));
	}
}
