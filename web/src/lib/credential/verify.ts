// Text, trust and an instant → verdict.

import { decode } from './base45.ts';
import { hexOf, utf8, type Bytes } from './bytes.ts';
import { readClaims, type Claims } from './claims.ts';
import { readEnvelope } from './cose.ts';
import { deviceSigned, signed } from './keys.ts';
import { outcomeOf, Refusal, type Reason, type Refused } from './outcome.ts';
import { EARLIEST_S, isPresentation, LATEST_S, PREFIX, presentedBytes, readPresentation, type Presentation } from './presentation.ts';
import type { Trust } from './trust.ts';

/** A longer text is not even decoded. Our longest presentation is under 410 characters. */
const LONGEST_TEXT_BYTES = 1_024;

/** Claims whose signature, key and times have been checked. Only [`verify`] makes them. */
export interface VerifiedClaims extends Claims {
	/** The key that signed them. */
	kid: string;
	/** When the device signed what was shown; null where only the pass was shown, which a photograph does as well. */
	presentedAt: number | null;
}

/** What a text turned out to be. */
export type Verdict = { outcome: 'valid'; claims: VerifiedClaims } | { outcome: Refused; reason: Reason };

/**
 * Judges a text at an instant, in seconds since 1970: a bare pass, or one that a phone presents. The steps, in this order;
 * the first that fails gives the reason:
 *
 * 1. length, prefix, Base45;
 * 2. of a presentation, its three parts;
 * 3. the envelope from front to back: tag, protected header with algorithm, unprotected header, signature length;
 * 4. the claims from front to back, then the ranges; that a presentation is of a pass with a device key;
 * 5. the key: known, not withdrawn;
 * 6. the issuer's signature, then the device's;
 * 7. the key again: trusted for passes, for this issuer, at this instant;
 * 8. the pass's times: `issuedAt` included, `expiresAt` not;
 * 9. the presentation's time: −15 s ≤ `at` − time ≤ 90 s.
 *
 * What the key may do comes after the signature, so that an altered pass is always called forged.
 */
export async function verify(text: string, trust: Trust, at: number): Promise<Verdict> {
	try {
		return { outcome: 'valid', claims: await check(text, trust, at) };
	} catch (fault) {
		if (!(fault instanceof Refusal)) throw fault;
		return { outcome: outcomeOf(fault.reason), reason: fault.reason };
	}
}

async function check(text: string, trust: Trust, at: number): Promise<VerifiedClaims> {
	if (text.length > LONGEST_TEXT_BYTES || utf8(text).length > LONGEST_TEXT_BYTES) throw new Refusal('text_too_long');
	const bytes = decode(body(text));
	if (bytes === null) throw new Refusal('base45');
	if (!isPresentation(bytes)) return checkPass(bytes, null, trust, at);
	const shown = readPresentation(bytes);
	const claims = await checkPass(shown.pass, shown, trust, at);
	const age = Math.floor(at) - shown.time;
	if (age < -EARLIEST_S) throw new Refusal('presented_later');
	if (age > LATEST_S) throw new Refusal('presented_earlier');
	return { ...claims, presentedAt: shown.time };
}

/** The pass itself, and where it is presented, the device's signature. */
async function checkPass(bytes: Bytes, shown: Presentation | null, trust: Trust, at: number): Promise<VerifiedClaims> {
	const envelope = readEnvelope(bytes);
	const claims = readClaims(envelope.payload);
	const device = claims.bearer.kind === 'phone' ? claims.bearer.device : null;
	if (shown && !device) throw new Refusal('presentation_without_device');
	const kid = hexOf(envelope.kid);
	const known = trust.known(kid);
	if (!known) throw new Refusal('key_unknown');
	if (known.isWithdrawn) throw new Refusal('key_withdrawn');
	if (!(await signed(await known.key(), envelope.signed, envelope.signature))) throw new Refusal('signature');
	if (shown && device && !(await deviceSigned(device, presentedBytes(bytes, shown.time), shown.signature))) {
		throw new Refusal('device_signature');
	}
	known.mayHaveSigned('pass', claims.issuer, at);
	if (at < claims.issuedAt) throw new Refusal('issued_later');
	if (at >= claims.expiresAt) throw new Refusal('ended');
	return { ...claims, kid, presentedAt: null };
}

/** What follows our prefix. */
function body(text: string): string {
	if (text.startsWith(PREFIX)) return text.slice(PREFIX.length);
	if (text.startsWith('HC1:')) throw new Refusal('profile_hcert');
	if (text.startsWith('NZCP:')) throw new Refusal('profile_nzcp');
	if (text.startsWith('shc:/')) throw new Refusal('profile_shc');
	throw new Refusal(/^(EPC|HC)[2-9A-Z]:/.test(text) ? 'pass_version' : 'prefix');
}
