// The CBOR that a pass needs, in its one deterministic encoding (RFC 8949, 4.2.1): shortest heads, definite lengths,
// nothing after the end. The caller says what it expects next, so nothing recurses and no tree is built.

import { utf8, type Bytes } from './bytes.ts';

/** Why the bytes are not what was expected. */
export class CborFault extends Error {
	constructor(readonly kind: 'short' | 'not_deterministic' | 'unexpected' | 'trailing') {
		super(kind);
	}
}

const [UINT, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG] = [0, 1, 2, 3, 4, 5, 6];
const [FALSE, TRUE] = [0xf4, 0xf5];
const WIDTHS: Record<number, number> = { 24: 1, 25: 2, 26: 4, 27: 8 };

/** What is still to be read. */
export class Reader {
	private at = 0;

	constructor(private readonly from: Bytes) {}

	private take(count: number): Bytes {
		if (count > this.from.length - this.at) throw new CborFault('short');
		return this.from.subarray(this.at, (this.at += count));
	}

	private peek(): number {
		const byte = this.from[this.at];
		if (byte === undefined) throw new CborFault('short');
		return byte;
	}

	/** The argument of an item of the given major type. */
	private head(major: number): bigint {
		const first = this.peek();
		if (first >> 5 !== major) throw new CborFault('unexpected');
		this.at += 1;
		const small = first & 31;
		if (small < 24) return BigInt(small);
		const width = WIDTHS[small];
		if (!width) throw new CborFault(small === 31 ? 'not_deterministic' : 'unexpected');
		const value = this.take(width).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
		const least = width === 1 ? 24n : 1n << BigInt(width * 4);
		if (value < least) throw new CborFault('not_deterministic');
		return value;
	}

	private expect(major: number, wanted: number): void {
		if (this.head(major) !== BigInt(wanted)) throw new CborFault('unexpected');
	}

	tag(number: number): void {
		this.expect(TAG!, number);
	}

	array(items: number): void {
		this.expect(ARRAY!, items);
	}

	/** How many items an array has. */
	items(): number {
		return Number(this.head(ARRAY!));
	}

	map(): number {
		return Number(this.head(MAP!));
	}

	mapOf(pairs: number): void {
		this.expect(MAP!, pairs);
	}

	/** Above 2^53 only the size is right; whoever reads one holds it against a range. */
	uint(): number {
		return Number(this.head(UINT!));
	}

	/** An integer of either sign; beyond 64 bits with sign is unexpected, above 2^53 only the size is right. */
	int(): number {
		const negative = this.peek() >> 5 === NEGATIVE;
		const argument = this.head(negative ? NEGATIVE! : UINT!);
		if (argument >= 1n << 63n) throw new CborFault('unexpected');
		return Number(negative ? -1n - argument : argument);
	}

	key(wanted: number): void {
		if (this.int() !== wanted) throw new CborFault('unexpected');
	}

	bytes(): Bytes {
		return this.take(Number(this.head(BYTES!)));
	}

	bytesOf(length: number): Bytes {
		const bytes = this.bytes();
		if (bytes.length !== length) throw new CborFault('unexpected');
		return bytes;
	}

	/** The bytes of a text, not yet known to be UTF-8. */
	text(): Bytes {
		return this.take(Number(this.head(TEXT!)));
	}

	bool(): boolean {
		const [byte] = this.take(1);
		if (byte !== FALSE && byte !== TRUE) throw new CborFault('unexpected');
		return byte === TRUE;
	}

	end(): void {
		if (this.at !== this.from.length) throw new CborFault('trailing');
	}
}

/** What has been written. */
export class Writer {
	private to = new Uint8Array(256);
	private length = 0;

	private put(bytes: ArrayLike<number>): void {
		if (this.length + bytes.length > this.to.length) {
			const larger = new Uint8Array(2 * (this.length + bytes.length));
			larger.set(this.to);
			this.to = larger;
		}
		this.to.set(bytes, this.length);
		this.length += bytes.length;
	}

	private head(major: number, value: number): void {
		const first = major << 5;
		if (value < 24) return this.put([first | value]);
		const power = value < 0x100 ? 0 : value < 0x1_0000 ? 1 : value < 0x1_0000_0000 ? 2 : 3;
		const bytes = new Uint8Array(8);
		new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
		this.put([first | (24 + power)]);
		this.put(bytes.subarray(8 - (1 << power)));
	}

	tag(number: number): void {
		this.head(TAG!, number);
	}

	array(items: number): void {
		this.head(ARRAY!, items);
	}

	map(pairs: number): void {
		this.head(MAP!, pairs);
	}

	int(value: number): void {
		if (value < 0) this.head(NEGATIVE!, -1 - value);
		else this.head(UINT!, value);
	}

	bytes(bytes: Bytes): void {
		this.head(BYTES!, bytes.length);
		this.put(bytes);
	}

	text(text: string): void {
		const bytes = utf8(text);
		this.head(TEXT!, bytes.length);
		this.put(bytes);
	}

	bool(value: boolean): void {
		this.put([value ? TRUE! : FALSE!]);
	}

	end(): Bytes {
		return this.to.slice(0, this.length);
	}
}
