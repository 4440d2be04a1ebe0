// How long a gate takes from the camera's frame to the verdict, in a real browser: a code as a phone shows it is drawn into
// a picture of 1280 × 720, a little turned, grey and noisy, and goes through a video, the decoder, both signature checks and
// the table of 25 million indexes. What is measured begins when the frame is shown, and includes the rhythm in which the
// page looks at its camera.
//
//   node tests/bench_gate.mjs        (CHROMIUM, else /usr/bin/chromium)
import { chromium } from 'playwright-core';
import { createServer } from 'vite';

const PORT = Number(process.env.PORT ?? 18491);
const ROUNDS = 60;
const here = new URL('..', import.meta.url).pathname;
const server = { port: PORT, host: '127.0.0.1', strictPort: true, fs: { allow: [here] } };
const vite = await createServer({ server, logLevel: 'error', configFile: `${here}vite.config.ts` });
await vite.listen();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'] });

/** Runs in the page. @param {number} rounds */
async function measure(rounds) {
	const load = (/** @type {string} */ path) => /** @type {Promise<Record<string, any>>} */ (import(path));
	const { City, TODAY, SECRET } = await load('/tests/credential/gate_forge.ts');
	const { ISSUED } = await load('/tests/credential/forge.ts');
	const { dayKey } = await load('/src/lib/credential/status/seal.ts');
	const { GateState } = await load('/src/lib/credential/gate/state.ts');
	const { judge } = await load('/src/lib/credential/gate/judge.ts');
	const { EVERY_MS, makeDecoder } = await load('/src/lib/gate/decoder.ts');
	const { qrPath } = await load('/src/lib/pass/qr.ts');

	const city = await City.found();
	const gate = new GateState(await city.bundle(), ISSUED);
	const listed = Array.from({ length: 300_000 }, (_, place) => place * 83 + 7);
	await gate.takeStatus(await city.file({ days: [[TODAY, 25_000_000, [[], listed.filter((_, at) => at % 6 > 0), listed.filter((_, at) => at % 6 === 0), []]]] }), [await dayKey(TODAY, SECRET)]);

	const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
	const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
	const video = Object.assign(document.createElement('video'), { muted: true, srcObject: canvas.captureStream(30) });
	document.body.append(video);
	/** @param {string} text @param {number} turn */
	const draw = (text, turn) => {
		const { size, path } = qrPath(text);
		context.resetTransform();
		context.fillStyle = '#8a8578';
		context.fillRect(0, 0, 1280, 720);
		context.translate(640, 360);
		context.rotate(turn);
		context.scale(470 / size, 470 / size);
		context.translate(-size / 2, -size / 2);
		context.fillStyle = '#e8e6e0';
		context.fillRect(0, 0, size, size);
		context.fillStyle = '#26241f';
		context.fill(new Path2D(path));
		const pixels = context.getImageData(0, 0, 1280, 720);
		for (let at = 0; at < pixels.data.length; at += 4) {
			const noise = (Math.random() - 0.5) * 20;
			for (let part = 0; part < 3; part += 1) pixels.data[at + part] = (pixels.data[at + part] ?? 0) + noise;
		}
		context.putImageData(pixels, 0, 0);
	};
	/** A canvas gives its stream a frame when it was drawn on; where that one was missed, the video has it all the same. */
	const frameShown = () => Promise.race([new Promise((shown) => video.requestVideoFrameCallback(shown)), new Promise((shown) => setTimeout(shown, 200))]);
	draw('EPC1:', 0);
	await video.play();
	const decode = await makeDecoder();
	/** @type {{ whole: number, decode: number, judge: number, action: string }[]} */
	const found = [];
	for (let round = 0; round < rounds; round += 1) {
		const at = ISSUED + 600 + round;
		const text = await city.shown([0, 7, 90][round % 3], at);
		draw(text, ((round % 9) - 4) / 25);
		await frameShown();
		// The page looks at its camera in a rhythm of its own.
		const began = performance.now();
		await new Promise((wait) => setTimeout(wait, Math.random() * EVERY_MS));
		for (let tries = 0; tries < 20; tries += 1) {
			const looked = performance.now();
			const read = await decode(video);
			const decoded = performance.now();
			if (read === text) {
				const { action } = await judge(read, gate, 'office', at);
				const ended = performance.now();
				found.push({ whole: ended - began, decode: decoded - looked, judge: ended - decoded, action });
				break;
			}
			await new Promise((wait) => setTimeout(wait, EVERY_MS));
		}
	}
	return { found, native: 'BarcodeDetector' in globalThis };
}

try {
	const page = await browser.newPage();
	page.on('pageerror', (error) => console.error(error));
	await page.route('**/api/**', (route) => route.abort());
	await page.goto(`http://127.0.0.1:${PORT}/icon.svg`);
	await page.goto(`http://127.0.0.1:${PORT}/`);
	const { found, native } = await page.evaluate(measure, ROUNDS);
	/** @param {'whole' | 'decode' | 'judge'} part */
	const line = (part, name = '') => {
		const times = found.map((one) => one[part]).sort((one, other) => one - other);
		const at = (/** @type {number} */ share) => (times[Math.floor((times.length - 1) * share)] ?? NaN).toFixed(1).padStart(7);
		console.log(`${name.padEnd(40)} median ${at(0.5)} ms   nine of ten within ${at(0.9)} ms`);
	};
	console.log(`${found.length} of ${ROUNDS} frames read, by ${native ? 'the browser itself' : 'jsQR'}; ${found.filter(({ action }) => action === 'pass').length} passed`);
	line('whole', 'from the frame to the verdict');
	line('decode', '  of it: finding and reading the code');
	line('judge', '  of it: signatures, table, verdict');
} finally {
	await browser.close();
	await vite.close();
}
