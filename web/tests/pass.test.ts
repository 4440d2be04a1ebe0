// A phone always holds passes for the next day, whatever becomes of its requests, and each has a key of its own.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import './browser.ts';
import { setClock } from '#lib/clock.ts';
import { fromBase64url, utf8 } from '#lib/credential/bytes.ts';
import { importPoint, signed } from '#lib/credential/keys.ts';
import { backOffMs, isDue, joined, keysWanted, lastsUntil, passAt, passesOf, type Held, type HeldPass } from '#lib/pass/held.ts';
import { keepOnly, readHeld, renew } from '#lib/pass/renewal.ts';
import { Seeded } from './credential/seeded.ts';
import { Memory } from './memory.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2020-02-11T09:20:00Z');
const secret = {} as CryptoKey;
const pass = (from: number, until: number): HeldPass => ({ text: '', issuedAt: NOW + from * HOUR, expiresAt: NOW + until * HOUR, secret });

/** The server's part, as far as a phone sees it: whole hours, a day each, an hour of overlap, two days ahead. */
class Server {
	key: CryptoKey | null = null;
	/** Until when the passes of each last; the owner is ''. */
	until = new Map<string, number>();
	/** Whom the phone acts for no longer. */
	ended = new Set<string>();
	nowMs = NOW;
	enrolled = 0;
	points: string[] = [];
	/** What becomes of the next answers. */
	fates: ('lost' | 'renewal_time')[] = [];

	async answer(path: string, init: RequestInit): Promise<Response> {
		const body = init.body ? (JSON.parse(init.body as string) as Record<string, unknown>) : {};
		const answer = await this.act(path, body);
		const fate = path.endsWith('/clock') ? undefined : this.fates.shift();
		if (fate === 'lost') throw new TypeError('lost');
		const problem = fate ?? (typeof answer === 'string' ? answer : null);
		const shown = problem ? { code: problem, status: 409, text: { en: '', zh: '' } } : answer;
		return new Response(JSON.stringify(shown), { status: problem ? 409 : 200, headers: { 'content-type': 'application/json' } });
	}

	private async act(path: string, body: Record<string, unknown>): Promise<unknown> {
		if (path.endsWith('/clock')) return { now: new Date(this.nowMs).toISOString(), zone: 'Asia/Shanghai', demo: false };
		if (path.endsWith('/me/enrolment')) {
			this.key = await importPoint(fromBase64url(body.key as string)!);
			this.until.clear();
			this.enrolled += 1;
			return { enrolled_at: '' };
		}
		const { made_at, device_keys, signature } = body as { made_at: string; device_keys: string[]; signature: string };
		const whom = (body.for as string | undefined) ?? '';
		const message = utf8(`EPC1 renewal\n${made_at}\n${whom && `${whom}\n`}${device_keys.join('\n')}`);
		if (this.ended.has(whom)) return 'not_acting_for';
		if (!this.key) return 'not_enrolled';
		if (!(await signed(this.key, message, fromBase64url(signature)!))) return 'renewal_signature';
		this.points.push(...device_keys);
		return { passes: device_keys.flatMap(() => this.issue(whom)) };
	}

	private issue(whom: string): { text: string; issued_at: string; expires_at: string }[] {
		const first = Math.floor(this.nowMs / HOUR) * HOUR;
		const until = this.until.get(whom);
		const from = until === undefined ? first : Math.max(until - HOUR, first);
		if (from + 24 * HOUR > this.nowMs + 48 * HOUR) return [];
		this.until.set(whom, from + 24 * HOUR);
		return [{ text: `EPC1:${from}`, issued_at: new Date(from).toISOString(), expires_at: new Date(from + 24 * HOUR).toISOString() }];
	}
}

let server: Server;
const at = (ms: number) => {
	server.nowMs = ms;
	setClock({ now: new Date(ms).toISOString() }, performance.now(), performance.now());
};
beforeEach(() => {
	server = new Server();
	at(NOW);
	vi.stubGlobal('fetch', (path: string, init: RequestInit) => server.answer(path, init));
});
afterEach(() => vi.unstubAllGlobals());

const hours = (held: Held | null) => (lastsUntil(held!.passes, server.nowMs) - server.nowMs) / HOUR;

test('the pass to show is the newest that every gate’s clock has reached', () => {
	const passes = [pass(-20, 4), pass(3, 27)];
	expect(passAt(passes, NOW)).toBe(passes[0]);
	expect(passAt(passes, NOW + 3 * HOUR + 60_000)).toBe(passes[0]);
	expect(passAt(passes, NOW + 3 * HOUR + 120_000)).toBe(passes[1]);
	expect(passAt([pass(0, 24)], NOW)).not.toBeNull();
	expect(passAt(passes, NOW + 27 * HOUR)).toBeNull();
});

test('passes last as long as there is no hole between them', () => {
	expect(lastsUntil([pass(-1, 23), pass(22, 46)], NOW)).toBe(NOW + 46 * HOUR);
	expect(lastsUntil([pass(-1, 23), pass(24, 46)], NOW)).toBe(NOW + 23 * HOUR);
	expect(lastsUntil([pass(1, 23)], NOW)).toBe(NOW);
	expect([keysWanted([], NOW), keysWanted([pass(-1, 23)], NOW), keysWanted([pass(-1, 50)], NOW)]).toEqual([3, 2, 1]);
	expect([isDue([pass(-1, 24.5)], NOW, 0), isDue([pass(-1, 24.5)], NOW, 0.9)]).toEqual([true, false]);
	expect(joined([pass(-25, -1), pass(5, 9)], [pass(-1, 3)], NOW).map((one) => one.expiresAt - NOW)).toEqual([3 * HOUR, 9 * HOUR]);
});

test('a failure is waited out, longer each time, up to about an hour', () => {
	expect([backOffMs(1, 0.5), backOffMs(2, 0.5), backOffMs(50, 0.5)]).toEqual([30_000, 60_000, HOUR]);
	expect([backOffMs(1, 0), backOffMs(1, 0.999)]).toEqual([15_000, 44_970]);
});

test('a new phone enrols and holds passes for a day and more, each with its own key', async () => {
	const here = new Memory();
	const held = await renew(here, 'she');
	expect(hours(held)).toBeGreaterThan(24);
	expect(new Set(held.passes.map((one) => one.secret)).size).toBe(held.passes.length);
	expect(new Set(server.points).size).toBe(server.points.length);
	expect(await readHeld(here)).toEqual(held);
	expect(held.passes[0]?.secret.extractable).toBe(false);
	await expect(crypto.subtle.exportKey('pkcs8', held.enrolment)).rejects.toThrow();
});

test('renewed when it is due, a phone is never without a pass', async () => {
	const here = new Memory();
	let held = await renew(here, 'she');
	for (let hour = 0; hour < 200; hour += 1) {
		at(NOW + hour * HOUR);
		if (isDue(held.passes, server.nowMs, (hour % 10) / 10)) held = await renew(here, 'she');
		expect(passAt(held.passes, server.nowMs)).not.toBeNull();
		expect(hours(held)).toBeGreaterThanOrEqual(24 - 1 / 6);
		expect(held.passes.length).toBeLessThan(5);
	}
	expect(server.enrolled).toBe(1);
});

test('whatever is lost on the way, the phone recovers by itself', async () => {
	const chance = new Seeded(1);
	for (let story = 0; story < 20; story += 1) {
		server = new Server();
		const here = new Memory();
		for (let round = 0; round < 12; round += 1) {
			at(NOW + round * 9 * HOUR);
			server.fates = Array.from({ length: chance.below(4) }, () => 'lost' as const);
			if (chance.below(6) === 0) await here.clear('phone');
			await renew(here, 'she').catch(() => null);
		}
		server.fates = [];
		at(NOW + 200 * HOUR);
		const held = await renew(here, 'she');
		expect(passAt(held.passes, server.nowMs)).not.toBeNull();
		expect(hours(held)).toBeGreaterThan(20);
	}
});

test('an answer that was lost for good is not waited for: the phone enrols again', async () => {
	const here = new Memory();
	await renew(here, 'she');
	const { passes, ...rest } = (await readHeld(here))!;
	await here.put('phone', 'held', { ...rest, passes: [] });
	expect(passes.length).toBeGreaterThan(0);
	expect(hours(await renew(here, 'she'))).toBeGreaterThan(24);
	expect(server.enrolled).toBe(2);
});

test('a server that does not know the phone, and one that finds its time wrong, are asked again', async () => {
	const here = new Memory();
	await renew(here, 'she');
	server.key = null;
	at(NOW + 24 * HOUR);
	expect(hours(await renew(here, 'she'))).toBeGreaterThan(24);
	expect(server.enrolled).toBe(2);
	server.fates = ['renewal_time'];
	at(NOW + 48 * HOUR);
	expect(hours(await renew(here, 'she'))).toBeGreaterThan(20);
});

test('another person on the same phone gets other keys', async () => {
	const here = new Memory();
	const hers = await renew(here, 'she');
	const his = await renew(here, 'he');
	expect(his.person).toBe('he');
	expect(his.passes.some((one) => hers.passes.some((other) => other.secret === one.secret))).toBe(false);
	expect(his.enrolment).not.toBe(hers.enrolment);
});

test('one key of the phone fetches passes for a household, each person’s apart', async () => {
	const here = new Memory();
	await renew(here, 'she');
	await renew(here, 'she', 'child');
	const held = await renew(here, 'she', 'elder');
	expect(server.enrolled).toBe(1);
	const secrets = ['she', 'child', 'elder'].flatMap((person) => passesOf(held, person).map((one) => one.secret));
	expect(new Set(secrets).size).toBe(secrets.length);
	for (const person of ['she', 'child', 'elder']) expect(lastsUntil(passesOf(held, person), NOW) - NOW).toBeGreaterThan(24 * HOUR);
	expect(await readHeld(here)).toEqual(held);
	expect(passesOf(held, 'stranger')).toEqual([]);
});

test('a phone that enrols again keeps nobody’s passes, since the server withdrew them all', async () => {
	const here = new Memory();
	await renew(here, 'she');
	await renew(here, 'she', 'child');
	server.key = null;
	at(NOW + 24 * HOUR);
	const held = await renew(here, 'she', 'child');
	expect([passesOf(held, 'she').length, passesOf(held, 'child').length > 0]).toEqual([0, true]);
});

test('whoever is answered for no longer is forgotten, and nobody enrols again for it', async () => {
	const here = new Memory();
	await renew(here, 'she');
	const held = await renew(here, 'she', 'child');
	server.ended.add('child');
	await expect(renew(here, 'she', 'child')).rejects.toThrow();
	expect(server.enrolled).toBe(1);
	const left = await keepOnly(here, held, ['she']);
	expect([passesOf(left, 'child'), passesOf(left, 'she')]).toEqual([[], held.passes]);
	expect(await readHeld(here)).toEqual(left);
});

test('who only carries the codes of others enrols for them', async () => {
	const here = new Memory();
	const held = await renew(here, '', 'child');
	expect([held.passes.length, passesOf(held, 'child').length > 1]).toEqual([0, true]);
});
