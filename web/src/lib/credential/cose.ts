// The signed envelope: COSE_Sign1 (RFC 9052, 4.2), tagged, and nothing else.

import type { Bytes } from './bytes.ts';
import { Reader, Writer } from './cbor.ts';
import { inside, Refusal } from './outcome.ts';

/** COSE_Sign1's tag. */
const SIGN1 = 18;
/** ESP256: ECDSA on P-256 with SHA-256 (RFC 9864, 2.1). */
const ESP256 = -9;

/** An envelope taken apart; its signature is not yet checked. */
export interface Envelope {
	kid: Bytes;
	payload: Bytes;
	signature: Bytes;
	/** What the signature is over. */
	signed: Bytes;
}

/** Reads an envelope in its one encoding. */
export function readEnvelope(bytes: Bytes): Envelope {
	const input = new Reader(bytes);
	inside('tag', () => input.tag(SIGN1));
	inside('envelope', () => input.array(4));
	const header = inside('protected_header', () => input.bytes());
	const kid = readProtected(header);
	inside('unprotected_header', () => input.mapOf(0));
	const payload = inside('envelope', () => input.bytes());
	const signature = inside('signature_length', () => input.bytesOf(64));
	inside('envelope', () => input.end());
	return { kid, payload, signature, signed: signedBytes(header, payload) };
}

function readProtected(bytes: Bytes): Bytes {
	const input = new Reader(bytes);
	return inside('protected_header', () => {
		input.mapOf(2);
		input.key(1);
		if (input.int() !== ESP256) throw new Refusal('algorithm');
		input.key(4);
		const kid = input.bytesOf(8);
		input.end();
		return kid;
	});
}

/** The Sig_structure (RFC 9052, 4.4), without external data. */
function signedBytes(header: Bytes, payload: Bytes): Bytes {
	const out = new Writer();
	out.array(4);
	out.text('Signature1');
	out.bytes(header);
	out.bytes(new Uint8Array());
	out.bytes(payload);
	return out.end();
}
