// The passes written down for every verifier, in whatever language: each gets the verdict that stands beside it.

import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { hexOf } from '#lib/credential/bytes.ts';
import { compressed } from '#lib/credential/keys.ts';
import { Trust } from '#lib/credential/trust.ts';
import { addTrustFile } from '#lib/credential/trust_file.ts';
import { verify, type VerifiedClaims } from '#lib/credential/verify.ts';

interface Case {
	name: string;
	text: string;
	at: string;
	verdict: string;
	reason?: string;
	claims?: Record<string, unknown>;
}
const FILE = new URL('../../../crates/credential/tests/vectors/pass.json', import.meta.url);
const { trust: files, cases } = JSON.parse(readFileSync(FILE, 'utf8')) as { trust: unknown[]; cases: Case[] };
const trust = new Trust();

beforeAll(async () => {
	for (const file of files) await addTrustFile(file, trust);
});

const shown = (seconds: number | null) => (seconds === null ? null : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'));

function shownClaims({ bearer, ...claims }: VerifiedClaims): Record<string, unknown> {
	const status = bearer.kind === 'paper' ? null : bearer.status;
	return {
		issued_at: shown(claims.issuedAt),
		expires_at: shown(claims.expiresAt),
		issue_day: status && shown(status.day * 86_400)!.slice(0, 10),
		status_index: status && status.index,
		device_key: bearer.kind === 'phone' ? hexOf(compressed(bearer.device)) : null,
		presented_at: shown(claims.presentedAt),
		...(bearer.kind === 'paper' ? { paper: { masked_name: bearer.paper.name, document_last_four: bearer.paper.lastFour } } : {}),
		kid: claims.kid
	};
}

test('there are cases of every kind', () => {
	expect(cases.length).toBeGreaterThanOrEqual(36);
	expect(trust.size).toBe(5);
});

test.each(cases)('$name', async ({ text, at, verdict, reason, claims }) => {
	const found = await verify(text, trust, Date.parse(at) / 1000);
	expect([found.outcome, found.outcome === 'valid' ? undefined : found.reason]).toEqual([verdict, reason]);
	expect(found.outcome === 'valid' ? shownClaims(found.claims) : undefined).toEqual(claims);
});
