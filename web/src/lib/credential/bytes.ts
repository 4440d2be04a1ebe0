// Bytes and the texts that stand for them.

export type Bytes = Uint8Array<ArrayBuffer>;

export function hexOf(bytes: Bytes): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function concat(...parts: Bytes[]): Bytes {
	const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

export function equal(one: Bytes, other: Bytes): boolean {
	return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

export function utf8(text: string): Bytes {
	return new TextEncoder().encode(text);
}

/** The text that bytes are in UTF-8; null where they are none. */
export function fromUtf8(bytes: Bytes): string | null {
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		return null;
	}
}

/** Base64url without padding (RFC 4648, 5). */
export function toBase64url(bytes: Bytes): string {
	let binary = '';
	for (let at = 0; at < bytes.length; at += 1) binary += String.fromCharCode(bytes[at]!);
	return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Reads base64url without padding; null for anything but the one text of its bytes. */
export function fromBase64url(text: string): Bytes | null {
	if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
	const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
	const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
	return toBase64url(bytes) === text ? bytes : null;
}
