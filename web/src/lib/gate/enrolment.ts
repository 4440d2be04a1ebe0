// What a gate takes along to judge alone, and how it lies on the device: the trust bundle and what it is checked with, the
// keys of the status files, the point. What a gate is checked with is taken at first use and from then on only handed on by
// the roots themselves.

import { read } from '#lib/api.ts';
import { knownBeforeMs, nowMs } from '#lib/clock.ts';
import { Bundle } from '#lib/credential/bundle.ts';
import { fromBase64url } from '#lib/credential/bytes.ts';
import { GateState } from '#lib/credential/gate/state.ts';
import { dayKey, type DayKey } from '#lib/credential/status/seal.ts';
import type { Kept } from '#lib/kept.ts';
import type { Text } from '#lib/language.svelte.ts';

/** Where a gate stands. */
export interface GatePoint {
	id: string;
	name: Text;
	kind: string;
}

/** What the server says. */
export interface GateAnswer {
	region: string;
	point: GatePoint;
	/** Null until one is published. */
	bundle: unknown;
	/** What the bundle's roots are known by. */
	roots: string | null;
	day_keys: { day: string; secret: string }[];
	status: { number: number; snapshot: number; url: string };
	server_time: string;
}

/** What lies on the device. The keys cannot be taken out of the browser. */
export interface KeptGate {
	point: GatePoint;
	bundle: unknown;
	/** The fingerprint of the roots that the bundle is checked with. */
	roots: string;
	withdrawn: string[];
	/** When the server last called the bundle its newest, in seconds since 1970. */
	confirmedAt: number;
	dayKeys: DayKey[];
	statusUrl: string;
}

/** Days for which keys are kept: yesterday's, today's, and those of the days to come. */
const KEPT_DAYS = 6;
const GATE = 'gate';

export const dayOf = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 86_400_000;

export function readGate(): Promise<GateAnswer> {
	return read<GateAnswer>('/gate');
}

/** A gate as it was kept; null where nothing was, or what was kept does not hold together. */
export async function keptGate(here: Kept): Promise<EnrolledGate | null> {
	const kept = await here.get<KeptGate>('gate', GATE);
	if (!kept) return null;
	try {
		const state = new GateState(await Bundle.begin(kept.bundle, kept.roots, kept.withdrawn), kept.confirmedAt);
		const now = nowMs();
		if (knownBeforeMs !== null && now !== null) state.watchClock(knownBeforeMs / 1000, now / 1000);
		return { kept, state };
	} catch {
		return null;
	}
}

async function keysOf(answer: GateAnswer, before: readonly DayKey[]): Promise<DayKey[]> {
	const named = answer.day_keys.map(({ day, secret }) => {
		const bytes = fromBase64url(secret);
		if (bytes?.length !== 32) throw new Error('a day key has 32 bytes');
		return dayKey(dayOf(day), bytes);
	});
	const fresh = await Promise.all(named);
	const newest = Math.max(...fresh.map(({ day }) => day));
	const older = before.filter(({ day }) => day > newest - KEPT_DAYS && !fresh.some((key) => key.day === day));
	return [...older, ...fresh];
}

/** A gate, and how it lies on the device. */
export interface EnrolledGate {
	kept: KeptGate;
	state: GateState;
}

/** Takes over what the server says; what is refused changes nothing. */
export async function takeAnswer(here: Kept, answer: GateAnswer, before: EnrolledGate | null): Promise<EnrolledGate | null> {
	if (answer.bundle === null || answer.roots === null) return before;
	const confirmedAt = Date.parse(answer.server_time) / 1000;
	let state = before?.state ?? null;
	if (state && before?.kept.point.id === answer.point.id && state.bundle.contents.region === answer.region) {
		state.takeBundle(await state.bundle.follow(answer.bundle), confirmedAt);
	} else {
		// Another gate, or the first time here.
		state = new GateState(await Bundle.begin(answer.bundle, answer.roots), confirmedAt);
		await here.clear('status');
	}
	const own = nowMs();
	if (own !== null) state.compareClock(own / 1000, confirmedAt);
	const { roots, withdrawn } = state.bundle;
	const dayKeys = await keysOf(answer, before?.kept.dayKeys ?? []);
	const kept = { point: answer.point, bundle: answer.bundle, roots, withdrawn: [...withdrawn], confirmedAt, dayKeys, statusUrl: answer.status.url };
	await here.put('gate', GATE, kept);
	return { kept, state };
}
