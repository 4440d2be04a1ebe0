// Draws the icons of the installed pages: static/icon.svg's picture as PNG, in the sizes that phones ask for, and once with a
// margin that any mask may cut off.
//
//   node tools/icons.mjs
import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

const [BLUE, WHITE, GREEN] = [[0x12, 0x50, 0x7b], [0xff, 0xff, 0xff], [0x7e, 0xe2, 0xa8]];
/** Samples a pixel in each direction. */
const FINE = 4;
/** The three finder-like squares: left, top, and the width of the line around them; all in units of a 32nd. */
const SQUARES = /** @type {const} */ ([[7, 7], [18, 7], [7, 18]]);
const [SIDE, LINE] = [7, 2.4];
const TICK = /** @type {const} */ ([[18, 22], [21, 25], [26, 19]]);

/** The distance of a point from a line. @param {number} x @param {number} y @param {readonly [number, number]} a @param {readonly [number, number]} b */
function distance(x, y, a, b) {
	const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
	const along = Math.max(0, Math.min(1, ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy)));
	return Math.hypot(x - a[0] - along * dx, y - a[1] - along * dy);
}

/** The colour at a point of the 32 × 32 picture; null outside of it. @param {number} x @param {number} y @param {number} round */
function colourAt(x, y, round) {
	const [px, py] = [Math.max(round - x, x - 32 + round, 0), Math.max(round - y, y - 32 + round, 0)];
	if (Math.hypot(px, py) > round) return null;
	const tick = Math.min(distance(x, y, TICK[0], TICK[1]), distance(x, y, TICK[1], TICK[2]));
	if (tick <= 1.5) return GREEN;
	const onLine = SQUARES.some(([left, top]) => {
		const outside = Math.max(left - x, x - left - SIDE, top - y, y - top - SIDE);
		return Math.abs(outside) <= LINE / 2;
	});
	return onLine ? WHITE : BLUE;
}

/** @param {string} kind @param {Buffer} data */
function chunk(kind, data) {
	const named = Buffer.concat([Buffer.from(kind), data]);
	const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
	length.writeUInt32BE(data.length);
	check.writeUInt32BE(crc32(named));
	return Buffer.concat([length, named, check]);
}

/** @param {number} size @param {number} scale How much of the width the picture takes. @param {number} round */
function png(size, scale, round) {
	const rows = Buffer.alloc(size * (1 + size * 4));
	for (let y = 0; y < size; y += 1) {
		for (let x = 0; x < size; x += 1) {
			const sum = [0, 0, 0, 0];
			for (let sample = 0; sample < FINE * FINE; sample += 1) {
				const at = (/** @type {number} */ place, /** @type {number} */ part) => (((place + (part + 0.5) / FINE) / size - 0.5) / scale + 0.5) * 32;
				const [u, v] = [at(x, sample % FINE), at(y, Math.floor(sample / FINE))];
				const colour = colourAt(u, v, round) ?? (scale < 1 ? BLUE : null);
				if (colour) [...colour, 255].forEach((part, place) => (sum[place] = (sum[place] ?? 0) + part));
			}
			const opaque = (sum[3] ?? 0) / 255;
			const to = y * (1 + size * 4) + 1 + x * 4;
			for (let place = 0; place < 3; place += 1) rows[to + place] = opaque ? Math.round((sum[place] ?? 0) / opaque) : 0;
			rows[to + 3] = Math.round((sum[3] ?? 0) / (FINE * FINE));
		}
	}
	const head = Buffer.alloc(13);
	head.writeUInt32BE(size, 0);
	head.writeUInt32BE(size, 4);
	head.set([8, 6, 0, 0, 0], 8);
	const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
	return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

for (const [name, size, scale, round] of /** @type {const} */ ([['icon-192', 192, 1, 7], ['icon-512', 512, 1, 7], ['icon-mask-512', 512, 0.76, 0]])) {
	writeFileSync(new URL(`../static/${name}.png`, import.meta.url), png(size, scale, round));
}
