// Public keys: points on P-256. The browser checks signatures, but takes no compressed point, and a device's key travels
// as one; so the point is found here.

import { concat, hexOf, type Bytes } from './bytes.ts';
import type { DeviceKey } from './bearer.ts';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const WITH_SHA256 = { name: 'ECDSA', hash: 'SHA-256' } as const;

// The curve y² = x³ − 3x + b over the field of P (FIPS 186-4, D.1.2.3).
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

const numberOf = (bytes: Bytes) => BigInt(`0x${hexOf(bytes)}`);

function bytesOf(number: bigint): Bytes {
	const digits = number.toString(16).padStart(64, '0');
	return Uint8Array.from({ length: 32 }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16));
}

const right = (x: bigint) => (x * x * x + (P - 3n) * x + B) % P;

function power(base: bigint, exponent: bigint): bigint {
	let [result, factor] = [1n, base % P];
	for (let left = exponent; left > 0n; left >>= 1n) {
		if (left & 1n) result = (result * factor) % P;
		factor = (factor * factor) % P;
	}
	return result;
}

/** Whether x and y are a point of the curve. */
export function isPoint(x: Bytes, y: Bytes): boolean {
	const [across, up] = [numberOf(x), numberOf(y)];
	return across < P && up < P && (up * up) % P === right(across);
}

/** The y of a compressed point; null where no point of the curve has this x. */
export function decompress({ x, yIsOdd }: DeviceKey): Bytes | null {
	const across = numberOf(x);
	if (across >= P) return null;
	// P is 3 mod 4, so that a root, where there is one, is this power.
	const square = right(across);
	const root = power(square, (P + 1n) / 4n);
	if ((root * root) % P !== square) return null;
	const isOdd = (root & 1n) === 1n;
	// The curve has no point with y = 0: its order is an odd prime.
	return bytesOf(isOdd === yIsOdd ? root : P - root);
}

/** The uncompressed point as SEC 1 (2.3.3) writes it. */
export function pointOf(x: Bytes, y: Bytes): Bytes {
	return concat(Uint8Array.of(4), x, y);
}

/** The compressed point as SEC 1 (2.3.3) writes it. */
export function compressed({ x, yIsOdd }: DeviceKey): Bytes {
	return concat(Uint8Array.of(yIsOdd ? 3 : 2), x);
}

/** The first 8 bytes of SHA-256 of the uncompressed point, in hexadecimal digits. */
export async function kidOf(point: Bytes): Promise<string> {
	return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', point)).subarray(0, 8));
}

/** A point ready to check signatures with. */
export function importPoint(point: Bytes): Promise<CryptoKey> {
	return crypto.subtle.importKey('raw', point, P256, false, ['verify']);
}

/** Whether a key signed the message. */
export function signed(key: CryptoKey, message: Bytes, signature: Bytes): Promise<boolean> {
	return crypto.subtle.verify(WITH_SHA256, key, signature, message);
}

/** Whether a device signed the message. A point that is not on the curve has signed nothing. */
export async function deviceSigned(device: DeviceKey, message: Bytes, signature: Bytes): Promise<boolean> {
	const y = decompress(device);
	return y !== null && signed(await importPoint(pointOf(device.x, y)), message, signature);
}
