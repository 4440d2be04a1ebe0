import { afterEach, expect, test, vi } from 'vitest';
import { Problem, read, readList, Unreachable, write, writeKey } from '#lib/api.ts';

const json = (body: unknown, status = 200, kind = 'application/json') => new Response(JSON.stringify(body), { status, headers: { 'content-type': kind } });
const answers = (...replies: (Response | Error)[]) => {
	const asked = vi.fn(async (_path: string, _init: RequestInit) => {
		const reply = replies.shift() ?? new Error('no reply left');
		if (reply instanceof Error) throw reply;
		return reply;
	});
	vi.stubGlobal('fetch', asked);
	return asked;
};
const keyOf = (init: RequestInit | undefined) => (init?.headers as Record<string, string>)['idempotency-key'];

afterEach(() => vi.unstubAllGlobals());

test('a write that the network lost is repeated once under the same key', async () => {
	const asked = answers(new TypeError('lost'), json({ evidence: 'e1' }, 201));
	expect(await write('/declarations', {})).toEqual({ evidence: 'e1' });
	expect(asked).toHaveBeenCalledTimes(2);
	expect(keyOf(asked.mock.calls[0]?.[1])).toBe(keyOf(asked.mock.calls[1]?.[1]));
});

test('a write that is lost twice is unreachable', async () => {
	const asked = answers(new TypeError('lost'), new TypeError('lost'));
	await expect(write('/declarations', {})).rejects.toBeInstanceOf(Unreachable);
	expect(asked).toHaveBeenCalledTimes(2);
});

test('a refusal is a problem with code and field, and is not repeated', async () => {
	const problem = { status: 422, code: 'phone_form', field: 'phone', text: { en: 'no', zh: '不' } };
	const asked = answers(json(problem, 422, 'application/problem+json'));
	const fault = await write('/declarations', {}).catch((fault: unknown) => fault);
	expect(fault).toBeInstanceOf(Problem);
	expect((fault as Problem).field).toBe('phone');
	expect(asked).toHaveBeenCalledTimes(1);
});

test('a page of a hotel network is not the server', async () => {
	answers(new Response('<h1>Welcome</h1>', { headers: { 'content-type': 'text/html' } }));
	await expect(read('/me/code')).rejects.toBeInstanceOf(Unreachable);
});

test('what is taken in and not done yet has no body; a page of a hotel network is no such answer', async () => {
	const asked = answers(new Response(null, { status: 202 }));
	expect(await write('/rules/drafts/a/1/comparison', {})).toBeUndefined();
	expect(asked).toHaveBeenCalledTimes(1);
	answers(new Response('<h1>Wait</h1>', { status: 202, headers: { 'content-type': 'text/html' } }));
	await expect(read('/me/code')).rejects.toBeInstanceOf(Unreachable);
});

test('a list is read page by page', async () => {
	const asked = answers(json({ items: [1, 2], next: '2 x' }), json({ items: [3], next: null }));
	expect(await readList('/audits')).toEqual({ items: [1, 2, 3], cut: false });
	expect(asked.mock.calls[1]?.[0]).toBe('/api/v1/audits?after=2%20x');
});

test('a list that goes on after the last page that is read says so', async () => {
	answers(json({ items: [1], next: '1' }), json({ items: [2], next: '2' }));
	expect(await readList('/cases', 2)).toEqual({ items: [1, 2], cut: true });
});

test('a write to a server that hangs ends when its patience does, repetition and all', async () => {
	const hangs = vi.fn((_path: string, { signal }: RequestInit) => new Promise<Response>((_, lost) => signal?.addEventListener('abort', () => lost(signal.reason))));
	vi.stubGlobal('fetch', hangs);
	const began = performance.now();
	await expect(write('/scans', {}, 'POST', 60)).rejects.toBeInstanceOf(Unreachable);
	expect(performance.now() - began).toBeLessThan(120);
});

test('keys are made outside secure contexts, too', () => {
	vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.fill(7) });
	expect(writeKey()).toMatch(/^[0-9a-f]{32}$/);
});
