// A sorted list of indexes as Rice-coded gaps: for each index the gap since the one before, of which the lowest `k` bits
// are written as they are and the rest in unary. `k` follows from size and count alone, so that a list has one encoding.

import type { Bytes } from '../bytes.ts';

/** Why bytes are no list. */
export class GapsFault extends Error {
	constructor(readonly kind: 'range' | 'short' | 'trailing') {
		super(kind);
	}
}

/** How many low bits of a gap are written as they are: those of the mean gap. */
export function lowBits(size: number, count: number): number {
	return 31 - Math.clz32(Math.max(1, Math.floor(size / Math.max(1, count))));
}

/** Reads `count` indexes below `size`, ascending; refuses all but the one encoding. */
export function readGaps(size: number, count: number, bytes: Bytes): Uint32Array {
	if (count > size) throw new GapsFault('range');
	// A list takes at least a bit an index: no count makes it reserve more than eight times the bytes.
	if (count > bytes.length * 8) throw new GapsFault('short');
	const k = lowBits(size, count);
	const most = Math.floor(size / 2 ** k);
	const bits = new Bits(bytes);
	const indexes = new Uint32Array(count);
	let next = 0;
	for (let place = 0; place < count; place += 1) {
		const high = bits.unary(most);
		const index = next + high * 2 ** k + bits.take(k);
		if (index >= size) throw new GapsFault('range');
		indexes[place] = index;
		next = index + 1;
	}
	bits.end();
	return indexes;
}

/** Bits read, the lowest of each byte first. */
class Bits {
	private place = 0;
	/** Up to 31 bits that were fetched and not read yet; those above `filled` are zero. */
	private buffer = 0;
	private filled = 0;

	constructor(private readonly bytes: Bytes) {}

	private fill(): void {
		while (this.filled <= 23 && this.place < this.bytes.length) {
			this.buffer |= this.bytes[this.place++]! << this.filled;
			this.filled += 8;
		}
	}

	/** Up to 31 bits; a gap has 31 low bits at most. */
	take(count: number): number {
		this.fill();
		if (count <= this.filled) return this.cut(count);
		const low = this.filled;
		const first = this.cut(low);
		this.fill();
		if (count - low > this.filled) throw new GapsFault('short');
		return first + this.cut(count - low) * 2 ** low;
	}

	private cut(count: number): number {
		const bits = this.buffer & ((1 << count) - 1);
		this.buffer >>>= count;
		this.filled -= count;
		return bits;
	}

	unary(most: number): number {
		let ones = 0;
		for (;;) {
			this.fill();
			const run = Math.min(31 - Math.clz32(~this.buffer & -~this.buffer), this.filled);
			ones += run;
			if (ones > most) throw new GapsFault('range');
			if (run < this.filled) {
				this.cut(run + 1);
				return ones;
			}
			[this.buffer, this.filled] = [0, 0];
			if (this.place === this.bytes.length) throw new GapsFault('short');
		}
	}

	/** Only the unused bits of the last byte are left, and they are zero. */
	end(): void {
		this.fill();
		if (this.filled >= 8 || this.buffer !== 0) throw new GapsFault('trailing');
	}
}
