// A pass as a QR code. Its text keeps to the 45 alphanumeric characters of ISO/IEC 18004 and is drawn at level M:
// smaller than bytes would be, and readable from a scratched screen.

import { encode } from 'uqr';

const ALPHANUMERIC = /^[0-9A-Z $%*+\-./:]*$/;
/** Light modules around the code that readers need. */
const QUIET = 4;

/** The path of the dark modules in a square of `size` units. */
export interface QrPath {
	size: number;
	path: string;
	version: number;
}

/** Whether a text takes the small alphanumeric form. */
export function isAlphanumeric(text: string): boolean {
	return ALPHANUMERIC.test(text);
}

/** Draws a text. */
export function qrPath(text: string): QrPath {
	const { data, size, version } = encode(text, { ecc: 'M', boostEcc: false, border: QUIET });
	let path = '';
	data.forEach((row, y) => {
		for (let x = 0; x < row.length; x += 1) {
			if (!row[x]) continue;
			const from = x;
			while (row[x + 1]) x += 1;
			path += `M${from} ${y}h${x - from + 1}v1h-${x - from + 1}z`;
		}
	});
	return { size, path, version };
}
