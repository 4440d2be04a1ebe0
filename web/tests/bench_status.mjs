// How long a phone takes to open a snapshot of 25 million indexes with 1.2 % of them not green, and to apply it; the same
// for a delta of 1,000 changes, and for an opening day with half pending. The yardstick of the same run: SHA-256 of a
// megabyte.
//
//   node tests/bench_status.mjs
import { createServer } from 'vite';

const vite = await createServer({ server: { middlewareMode: true }, logLevel: 'error', configFile: new URL('../vite.config.ts', import.meta.url).pathname });
/** @type {(path: string) => Promise<Record<string, any>>} */
const load = (path) => vite.ssrLoadModule(path);
const { newsOf, newSigner, sealed, trusting, ISSUED } = await load('/tests/credential/forge.ts');
const { Seeded } = await load('/tests/credential/seeded.ts');
const { open, dayKey } = await load('/src/lib/credential/status/seal.ts');
const { Follower } = await load('/src/lib/credential/status/follower.ts');
const [SIZE, DAY, ROUNDS] = [25_000_000, 18_303, 15];
const secret = new Uint8Array(32).fill(7);
const signer = await newSigner();
const [keys, trust] = [[await dayKey(DAY, secret)], trusting(signer, 'status')];
const chance = new Seeded(1);

/** So many indexes in so many lists, at random. @param {number} share @param {number[]} lists */
function drawn(share, lists) {
	const all = Array.from({ length: 4 }, () => /** @type {number[]} */ ([]));
	for (let index = 0; index < SIZE; index += 1) {
		if (chance.below(1_000_000) < share * 1_000_000) all[/** @type {number} */ (lists[chance.below(lists.length)])]?.push(index);
	}
	return all;
}

/** @param {0 | 1} kind @param {number[][]} lists */
const file = (kind, lists) => {
	const days = [[DAY, SIZE, lists]];
	return sealed(newsOf({ kind, region: '330100', number: kind, previous: new Uint8Array(32), madeAt: ISSUED, bundle: 1, withdrawn: [], days }), signer, DAY, secret);
};

/** @param {string} name @param {() => Promise<unknown>} act */
async function median(name, act, note = '') {
	const times = [];
	for (let round = 0; round < ROUNDS; round += 1) {
		const began = performance.now();
		await act();
		times.push(performance.now() - began);
	}
	const middle = times.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? 0;
	console.log(`${name.padEnd(44)} ${middle.toFixed(1).padStart(7)} ms  ${note}`);
}

const megabyte = new Uint8Array(2 ** 20);
const snapshot = await file(0, drawn(0.012, [1, 1, 1, 1, 1, 2]));
const delta = await file(1, drawn(0.00004, [0, 1, 2, 3]));
const opening = await file(0, drawn(0.5, [3]));
const first = await open(snapshot, keys, trust);
const kilobytes = (/** @type {Uint8Array} */ { length }) => `${(length / 1000).toFixed(1)} kB`;
await median('yardstick: SHA-256 of a megabyte', () => crypto.subtle.digest('SHA-256', megabyte));
await median('snapshot, 25 million, 1.2 % not green', async () => Follower.begin('330100', await open(snapshot, keys, trust)), kilobytes(snapshot));
await median('delta, 1,000 changes', async () => Follower.begin('330100', first) && (await open(delta, keys, trust)), `${kilobytes(delta)}, with new tables`);
await median('opening day, 25 million, half pending', async () => Follower.begin('330100', await open(opening, keys, trust)), kilobytes(opening));
await vite.close();
