// The phone's own keys: made in the browser, kept there, and never taken out of it.

import type { Bytes } from '#lib/credential/bytes.ts';

/** A key of which only the public half can be read. */
export interface OwnKey {
	/** Signs; cannot be exported. */
	secret: CryptoKey;
	/** The uncompressed point, 65 bytes. */
	point: Bytes;
}

export async function newKey(): Promise<OwnKey> {
	const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
	return { secret: pair.privateKey, point: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)) };
}

/** r and s, 32 bytes each. */
export async function signWith(secret: CryptoKey, message: Bytes): Promise<Bytes> {
	return new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, secret, message));
}
