// A phone always holds passes for the next day, whatever becomes of its requests, and each has a key of its own.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import './browser.ts';
import { setClock } from '#lib/clock.ts';
import { fromBase64url, utf8 } from '#lib/credential/bytes.ts';
import { importPoint, signed } from '#lib/credential/keys.ts';
import { backOffMs, isDue, joined, keysWanted, lastsUntil, passAt, type Held, type HeldPass } from '#lib/pass/held.ts';
import { readHeld, renew } from '#lib/pass/renewal.ts';
import { Seeded } from './credential/seeded.ts';
import { Memory } from './memory.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2020-02-11T09:20:00Z');
const secret = {} as CryptoKey;
const pass = (from: number, until: number): HeldPass => ({ text: '', issuedAt: NOW + from * HOUR, expiresAt: NOW + until * HOUR, secret });

/** The server's part, as far as a phone sees it: whole hours, a day each, an hour of overlap, two days ahead. */
class Server {
	key: CryptoKey | null = null;
	until: number | null = null;
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
			[this.until, this.enrolled] = [null, this.enrolled + 1];
			return { enrolled_at: '' };
		}
		const { made_at, device_keys, signature } = body as { made_at: string; device_keys: string[]; signature: string };
		const message = utf8(`EPC1 renewal\n${made_at}\n${device_keys.join('\n')}`);
		if (!this.key) return 'not_enrolled';
		if (!(await signed(this.key, message, fromBase64url(signature)!))) return 'renewal_signature';
		this.points.push(...device_keys);
		return { passes: device_keys.flatMap(() => this.issue()) };
	}

	private issue(): { text: string; issued_at: string; expires_at: string }[] {
		const first = Math.floor(this.nowMs / HOUR) * HOUR;
		const from = this.until === null ? first : Math.max(this.until - HOUR, first);
		if (from + 24 * HOUR > this.nowMs + 48 * HOUR) return [];
		this.until = from + 24 * HOUR;
		return [{ text: `EPC1:${from}`, issued_at: new Date(from).toISOString(), expires_at: new Date(this.until).toISOString() }];
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
