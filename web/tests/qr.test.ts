import jsQR from 'jsqr';
import { encode } from 'uqr';
import { expect, test } from 'vitest';
import { isAlphanumeric, qrPath } from '#lib/pass/qr.ts';

const PASS = 'EPC1:RRQT 9Q60GO0J.7XF3:-7PY08CKYM4/70CL6746646FN0B-B4*9WY09-B -V/E7V50+20 8333GF6UP2527BIFE*FHU76DQ0LS3CDS08US56WDR8HQW133$1D PS-D%T1NSM8+8221UG85QKEZ9U9084E8$HQ$TVRDHUIA.9T3RXC00P6C7R';
const SCALE = 4;

/** Draws the path of full-width runs as a camera would see it. */
function picture({ size, path }: { size: number; path: string }) {
	const side = size * SCALE;
	const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
	for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1/g)) {
		for (let row = 0; row < SCALE; row += 1) {
			for (let column = 0; column < Number(width) * SCALE; column += 1) {
				const at = ((Number(y) * SCALE + row) * side + Number(x) * SCALE + column) * 4;
				pixels.fill(0, at, at + 3);
			}
		}
	}
	return jsQR(pixels, side, side);
}

test('what is drawn reads back as the text of the pass', () => {
	expect(picture(qrPath(PASS))?.data).toBe(PASS);
});

test('a pass takes the alphanumeric form, which is smaller than bytes', () => {
	expect(isAlphanumeric(PASS)).toBe(true);
	expect(isAlphanumeric(PASS.toLowerCase())).toBe(false);
	expect(qrPath(PASS).version).toBeLessThan(encode([...new TextEncoder().encode(PASS)], { ecc: 'M', boostEcc: false }).version);
});

test('four light modules surround the code', () => {
	const { size, path } = qrPath(PASS);
	for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1/g)) {
		expect(Math.min(Number(x), Number(y), size - Number(x) - Number(width), size - Number(y) - 1)).toBeGreaterThanOrEqual(4);
	}
});
