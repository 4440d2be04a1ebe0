// How long the resident's page takes to draw a code: a presentation of 364 characters at level M, once as the picture's
// modules by the library (uqr) and once with the path that the page shows. A phone draws one every 15 to 30 seconds.
//
//   node tests/bench_qr.mjs
import { encode } from 'uqr';
import { createServer } from 'vite';

const ROUNDS = 300;
const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const vite = await createServer({ server: { middlewareMode: true }, logLevel: 'error', configFile: new URL('../vite.config.ts', import.meta.url).pathname });
/** @type {(path: string) => Promise<Record<string, any>>} */
const load = (path) => vite.ssrLoadModule(path);
const { qrPath } = await load('/src/lib/pass/qr.ts');
const { Seeded } = await load('/tests/credential/seeded.ts');
const chance = new Seeded(1);

/** Each round has a code of its own, as on a phone. */
const texts = Array.from({ length: ROUNDS }, () => `EPC1:${Array.from({ length: 359 }, () => LETTERS[chance.below(45)]).join('')}`);

/** @param {string} name @param {(text: string) => unknown} act */
function measure(name, act, note = '') {
	const times = texts.map((text) => {
		const began = performance.now();
		act(text);
		return performance.now() - began;
	});
	times.sort((one, other) => one - other);
	const shown = (/** @type {number | undefined} */ time) => (time ?? NaN).toFixed(2).padStart(7);
	console.log(`${name.padEnd(44)} median ${shown(times[ROUNDS / 2])} ms   worst ${shown(times.at(-1))} ms  ${note}`);
}

const { version, size } = qrPath(texts[0] ?? '');
measure('QR modules, 364 characters, level M', (text) => encode(text, { ecc: 'M', boostEcc: false, border: 4 }), `version ${version}, ${size} × ${size} with its margin`);
measure('the same with the path of the page', qrPath);
await vite.close();
