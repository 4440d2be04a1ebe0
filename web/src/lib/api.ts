// The client of the HTTP interface: reads, writes that may be repeated, and problems with a next step.

import { monotonicMs, setClock, type ServerClock } from '#lib/clock.ts';
import type { Text } from '#lib/language.svelte.ts';

/** What the server says when it does not do what was asked. */
export interface ProblemDocument {
	status: number;
	code: string;
	detail?: string;
	field?: string;
	text: Text;
	next?: Text;
}

/** The server answered, and refused. */
export class Problem extends Error {
	constructor(readonly document: ProblemDocument) {
		super(document.code);
	}
	get code(): string {
		return this.document.code;
	}
	get field(): string | undefined {
		return this.document.field;
	}
}

/** The server could not be reached, or what answered was not the server. */
export class Unreachable extends Error {}

const PATIENCE_MS = 8000;

/** A key that names one write, so that repeating it does nothing twice. `randomUUID` exists in secure contexts only. */
export function writeKey(): string {
	if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function answerOf<T>(response: Response): Promise<T> {
	const kind = response.headers.get('content-type') ?? '';
	// Taken in and not done yet: there is nothing to read.
	const empty = response.status === 204 || (response.status === 202 && !kind);
	if (empty) return undefined as T;
	if (!kind.includes('json')) throw new Unreachable();
	const body = await response.json().catch(() => {
		throw new Unreachable();
	});
	if (response.ok) return body as T;
	if (typeof body?.code !== 'string' || !body.text) throw new Unreachable();
	throw new Problem(body as ProblemDocument);
}

const ROOT = '/api/v1';

async function ask<T>(path: string, init: RequestInit, patienceMs = PATIENCE_MS, root = ROOT): Promise<T> {
	let response: Response;
	try {
		const signal = AbortSignal.timeout(patienceMs);
		response = await fetch(`${root}${path}`, { ...init, signal, credentials: 'same-origin', cache: 'no-store' });
	} catch {
		throw new Unreachable();
	}
	return answerOf<T>(response);
}

/** Reads; from beside the interface where a root is given. */
export function read<T>(path: string, root = ROOT): Promise<T> {
	return ask<T>(path, { method: 'GET' }, PATIENCE_MS, root);
}

/** Reads a file that lies beside the interface. */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
	try {
		const response = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS), credentials: 'same-origin' });
		// A page of a hotel network is no file.
		const kind = response.headers.get('content-type') ?? '';
		if (response.ok && kind.includes('octet-stream')) return new Uint8Array(await response.arrayBuffer());
	} catch {
		throw new Unreachable();
	}
	throw new Unreachable();
}

/** Writes; where the network fails, once more under the same key. Both together take `patienceMs` at most. */
export async function write<T>(
	path: string,
	body: unknown,
	method: 'POST' | 'PUT' | 'DELETE' = 'POST',
	patienceMs = 2 * PATIENCE_MS,
	key = writeKey()
): Promise<T> {
	const untilMs = monotonicMs() + patienceMs;
	const headers = { 'content-type': 'application/json', 'idempotency-key': key };
	const init = { method, headers, body: method === 'DELETE' ? undefined : JSON.stringify(body) };
	try {
		return await ask<T>(path, init, Math.min(PATIENCE_MS, patienceMs));
	} catch (fault) {
		const leftMs = Math.floor(untilMs - monotonicMs());
		if (!(fault instanceof Unreachable) || leftMs <= 0) throw fault;
		return ask<T>(path, init, Math.min(PATIENCE_MS, leftMs));
	}
}

/** Asks for a text that is no JSON, such as a table to be saved; every such request is recorded by the server. */
export async function writeText(path: string, body: unknown): Promise<string> {
	const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
	const response = await fetch(`/api/v1${path}`, { ...init, credentials: 'same-origin', cache: 'no-store' }).catch(() => {
		throw new Unreachable();
	});
	return response.ok ? response.text() : answerOf<string>(response);
}

/** Asks the server for its time and sets the pages' clock. */
export async function readClock(): Promise<ServerClock> {
	const sent = monotonicMs();
	const clock = await read<ServerClock>('/clock');
	setClock(clock, sent, monotonicMs());
	return clock;
}

/** What was read of a list, and whether there is more of it. */
export interface List<T> {
	items: T[];
	cut: boolean;
}

/** A list, page by page: at most `most` pages, so that a screen stays a screen. */
export async function readList<T>(path: string, most = 4): Promise<List<T>> {
	const items: T[] = [];
	let after: string | null = null;
	for (let page = 0; page < most; page += 1) {
		const joint = path.includes('?') ? '&' : '?';
		const from: string = after === null ? path : `${path}${joint}after=${encodeURIComponent(after)}`;
		const found: { items: T[]; next: string | null } = await read(from);
		items.push(...found.items);
		after = found.next;
		if (after === null) break;
	}
	return { items, cut: after !== null };
}
