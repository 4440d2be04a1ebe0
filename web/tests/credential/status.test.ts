// Status files: what is published is what a gate knows, however it came to know it; what was altered, left out, repeated or
// belongs elsewhere is refused.

import { beforeAll, expect, test } from 'vitest';
import { hexOf, type Bytes } from '#lib/credential/bytes.ts';
import { FollowFault, Follower } from '#lib/credential/status/follower.ts';
import { GapsFault, readGaps } from '#lib/credential/status/gaps.ts';
import { readNews } from '#lib/credential/status/news.ts';
import { dayKey, open, SealFault, type SignedNews } from '#lib/credential/status/seal.ts';
import { DayTable, STATUSES } from '#lib/credential/status/table.ts';
import { Trust } from '#lib/credential/trust.ts';
import { bytes, gapsOf, ISSUED, newsOf, newSigner, sealed, trusting, type NewsParts, type Signer } from './forge.ts';
import { Seeded } from './seeded.ts';

const TODAY = 18_303;
const SECRET = new Uint8Array(32).fill(7);
let signer: Signer;
beforeAll(async () => {
	signer = await newSigner();
});

const faultOf = async (act: () => unknown): Promise<string> => {
	try {
		await act();
		return 'taken';
	} catch (fault) {
		if (fault instanceof SealFault || fault instanceof FollowFault) return fault.code;
		if (fault instanceof GapsFault) return fault.kind;
		throw fault;
	}
};
const opened = async (content: Bytes): Promise<SignedNews> => open(await sealed(content, signer, TODAY, SECRET), [await dayKey(TODAY, SECRET)], trusting(signer, 'status'));

type Days = NewsParts['days'];
const oneChange = (index: number, status: (typeof STATUSES)[number]): Days => [[TODAY, 1_000, STATUSES.map((one) => (one === status ? [index] : []))]];

/** One publisher and what it has published. */
class Publisher {
	number = 0;
	link: ArrayLike<number> = new Uint8Array(32);
	told = new Map<number, Map<number, number>>();
	sizes = new Map<number, number>();

	news(kind: NewsParts['kind'], days: Days, given: Partial<NewsParts> = {}): Bytes {
		const madeAt = ISSUED + this.number * 60;
		return newsOf({ kind, region: '330100', number: this.number, previous: this.link, madeAt, bundle: 1, withdrawn: [], days, ...given });
	}

	snapshot(given: Partial<NewsParts> = {}): Bytes {
		const days = [...this.told].sort(([one], [other]) => one - other).map(([day, told]): Days[number] => {
			const lists = STATUSES.map((_, at) => (at === 0 ? [] : [...told].filter(([, status]) => status === at).map(([index]) => index).sort((a, b) => a - b)));
			return [day, this.sizes.get(day)!, lists];
		});
		return this.news(0, days, given);
	}

	async delta(days: Days, given: Partial<NewsParts> = {}): Promise<Bytes> {
		this.number += 1;
		const content = this.news(1, days, given);
		for (const [day, size, lists] of days) {
			const told = this.told.get(day) ?? new Map<number, number>();
			lists.forEach((list, status) => list.forEach((index) => told.set(index, status)));
			this.told.set(day, told);
			this.sizes.set(day, Math.max(size, this.sizes.get(day) ?? 0));
		}
		this.link = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
		return content;
	}
}

test('a list is read as it was written, and what is accepted is the one encoding', () => {
	const chance = new Seeded(1);
	for (let round = 0; round < 300; round += 1) {
		const indexes = chance.some(chance.below(400), 100_000);
		const size = (indexes.at(-1) ?? 0) + 1 + chance.below(1_000_000);
		expect([...readGaps(size, indexes.length, gapsOf(size, indexes))]).toEqual(indexes);
		const [noise, small, count] = [chance.bytes(chance.below(40)), 1 + chance.below(500), chance.below(60)];
		try {
			const read = [...readGaps(small, count, noise)];
			expect(read.every((index, at) => index < small && (at === 0 || read[at - 1]! < index))).toBe(true);
			expect(gapsOf(small, read)).toEqual(noise);
		} catch (fault) {
			expect(fault).toBeInstanceOf(GapsFault);
		}
	}
});

test('a full list takes a bit an index, and a run without end or beyond the table is refused', async () => {
	const full = Array.from({ length: 1_000 }, (_, index) => index);
	expect(gapsOf(1_000, full).length).toBe(125);
	expect([...readGaps(1_000, 1_000, gapsOf(1_000, full))]).toEqual(full);
	const ones = new Uint8Array(40).fill(255);
	expect(await faultOf(() => readGaps(2 ** 28, 2 ** 20, ones))).toBe('short');
	expect(await faultOf(() => readGaps(2 ** 28, 300, ones))).toBe('short');
	expect(await faultOf(() => readGaps(10, 2, ones))).toBe('range');
	expect(await faultOf(() => readGaps(10, 11, bytes()))).toBe('range');
	expect(await faultOf(() => readGaps(10, 0, bytes(0)))).toBe('trailing');
	expect(await faultOf(() => readGaps(2 ** 32 - 1, 1, bytes()))).toBe('short');
	expect([...readGaps(2 ** 32 - 1, 1, gapsOf(2 ** 32 - 1, [2 ** 32 - 2]))]).toEqual([2 ** 32 - 2]);
});

test('a table says what was last set, green of all others, and grows', () => {
	const chance = new Seeded(2);
	const [table, told] = [new DayTable(1_000), new Map<number, number>()];
	for (let round = 0; round < 500; round += 1) {
		const [index, status] = [chance.below(1_000), chance.below(4)];
		table.set(Uint32Array.of(index), STATUSES[status]!);
		told.set(index, status);
	}
	table.grow(2_000);
	table.grow(5);
	for (let index = 0; index < 2_000; index += 1) expect(table.get(index)).toBe(STATUSES[told.get(index) ?? 0]);
	expect([table.size, table.get(2_000)]).toEqual([2_000, null]);
});

test('a gate knows the same by deltas and by any snapshot', async () => {
	const chance = new Seeded(3);
	for (let story = 0; story < 12; story += 1) {
		const publisher = new Publisher();
		const always = Follower.begin('330100', await opened(publisher.snapshot()));
		let late: Follower | null = null;
		const begin = chance.below(6);
		for (let round = 0; round < 6; round += 1) {
			if (round === begin) late = Follower.begin('330100', await opened(publisher.snapshot()));
			const days = chance.some(chance.below(3), 3).map((day): Days[number] => {
				const lists: number[][] = STATUSES.map(() => []);
				chance.some(chance.below(40), 500).forEach((index) => chance.of(lists).push(index));
				return [TODAY - 1 + day, 500 + chance.below(100), lists];
			});
			const file = await opened(await publisher.delta(days));
			always.take(file);
			late?.take(file);
		}
		for (const [day, told] of publisher.told) {
			for (let index = 0; index < publisher.sizes.get(day)!; index += 1) {
				const wanted = STATUSES[told.get(index) ?? 0];
				expect([always.status({ day, index }), late?.status({ day, index })]).toEqual([wanted, wanted]);
			}
		}
		expect([late?.number, late?.link, late?.madeAt]).toEqual([always.number, always.link, always.madeAt]);
	}
});

test('gaps, replays and rollbacks are refused, and the tables stay', async () => {
	const publisher = new Publisher();
	const first = await opened(publisher.snapshot());
	const one = await opened(await publisher.delta(oneChange(1, 'red')));
	const between = await opened(publisher.snapshot());
	const two = await opened(await publisher.delta(oneChange(2, 'red')));
	const gate = Follower.begin('330100', first);
	expect(await faultOf(() => gate.take(two))).toBe('status_gap');
	gate.take(one);
	expect(await faultOf(() => gate.take(one))).toBe('status_past');
	gate.take(two);
	expect(await faultOf(() => gate.take(between))).toBe('status_past');
	expect(await faultOf(() => gate.take(first))).toBe('status_past');
	expect(gate.status({ day: TODAY, index: 2 })).toBe('red');
	expect(await faultOf(() => Follower.begin('330100', one))).toBe('status_no_snapshot');
	expect(await faultOf(() => Follower.begin('110000', first))).toBe('status_region');
});

test('a second story and an earlier time are refused', async () => {
	const [publisher, other] = [new Publisher(), new Publisher()];
	const gate = Follower.begin('330100', await opened(publisher.snapshot()));
	gate.take(await opened(await publisher.delta(oneChange(1, 'red'))));
	await other.delta(oneChange(1, 'yellow'));
	const fork = await opened(await other.delta(oneChange(2, 'red')));
	expect(await faultOf(() => gate.take(fork))).toBe('status_fork');
	const before = await opened(await publisher.delta(oneChange(3, 'red'), { madeAt: ISSUED }));
	expect(await faultOf(() => gate.take(before))).toBe('status_time');
});

test('an urgent file stands on the last delta, and the next delta says it again', async () => {
	const publisher = new Publisher();
	const gate = Follower.begin('330100', await opened(publisher.snapshot()));
	const urgent = await opened(publisher.news(2, oneChange(5, 'red')));
	gate.take(urgent);
	gate.take(urgent);
	expect([gate.number, gate.status({ day: TODAY, index: 5 })]).toEqual([0, 'red']);
	gate.take(await opened(await publisher.delta(oneChange(5, 'red'))));
	expect([gate.number, gate.status({ day: TODAY, index: 5 })]).toEqual([1, 'red']);
	expect(await faultOf(() => gate.take(urgent))).toBe('status_past');
});

test('a withdrawn key stays withdrawn though later files leave it out; ids come in one order', async () => {
	const publisher = new Publisher();
	const kids = [new Uint8Array(8).fill(1), new Uint8Array(8).fill(2)];
	const gate = Follower.begin('330100', await opened(publisher.snapshot({ withdrawn: kids })));
	gate.take(await opened(await publisher.delta([])));
	expect([...gate.withdrawn]).toEqual(kids.map(hexOf));
	expect(() => readNews(publisher.snapshot({ withdrawn: kids.reverse() }))).toThrow();
});

test('a file is taken only with its day’s key and a key for status tables, unaltered', async () => {
	const file = await sealed(new Publisher().snapshot(), signer, TODAY, SECRET);
	const [keys, trust] = [[await dayKey(TODAY, SECRET)], trusting(signer, 'status')];
	const openWith = (what: Bytes, these = keys, whose = trust) => faultOf(() => open(what, these, whose));
	expect(await openWith(file)).toBe('taken');
	expect(await openWith(file, [await dayKey(TODAY + 1, SECRET)])).toBe('status_day_key');
	expect(await openWith(file, [await dayKey(TODAY, new Uint8Array(32))])).toBe('status_altered');
	for (const whose of [trusting(signer, 'pass'), trusting(signer, 'status', '110000'), new Trust()]) expect(await openWith(file, keys, whose)).toBe('status_signature');
	trust.withdraw(signer.kid);
	expect(await openWith(file)).toBe('status_signature');
	expect(await openWith(bytes('EPS2', new Uint8Array(60)))).toBe('status_form');
	expect(await openWith(file.slice(0, 19))).toBe('status_form');
	for (const place of [5, 9, 25, file.length - 1]) {
		const changed = file.slice();
		changed[place]! ^= 1;
		expect(await openWith(changed, keys, trusting(signer, 'status'))).toBe(place === 5 ? 'status_day_key' : 'status_altered');
	}
});

test('content that was signed and is no news is refused', () => {
	const snapshot = (given: Partial<NewsParts>) => new Publisher().snapshot(given);
	const good = snapshot({ days: oneChange(1, 'red') });
	expect(() => readNews(good)).not.toThrow();
	for (const bad of [
		snapshot({ days: oneChange(1, 'green') }),
		snapshot({ days: [...oneChange(1, 'red'), ...oneChange(1, 'red')] }),
		snapshot({ days: [[TODAY, 0, [[], [], [], []]]] }),
		snapshot({ days: [[TODAY, 2 ** 28 + 1, [[], [], [], []]]] }),
		snapshot({ days: [[84_006, 10, [[], [], [], []]]] }),
		snapshot({ region: 'nowhere' }),
		snapshot({ madeAt: 7_258_118_400 % 2 ** 32, kind: 3 as 0 }),
		bytes(good, 0),
		good.slice(0, -1)
	]) {
		expect(() => readNews(bad)).toThrow();
	}
});
