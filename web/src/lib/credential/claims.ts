// The little a pass says, and its CBOR: CWT claims (RFC 8392) in deterministic order. Every time is in seconds since 1970.

import { LONGEST_LIFE_S, PAPER_CLAIM, readDevice, readPaper, readStatus, STATUS_CLAIM, writeBearer, type Bearer } from './bearer.ts';
import { fromUtf8, type Bytes } from './bytes.ts';
import { Reader, Writer } from './cbor.ts';
import { inside, Refusal, type Reason } from './outcome.ts';
import { isRegion } from './region.ts';

/** 2200-01-01T00:00:00Z and its day: times and days from 1970 until then can be carried. */
export const YEAR_2200_S = 7_258_118_400;
export const YEAR_2200_DAY = 84_006;

/** Everything a pass says. */
export interface Claims {
	/** The region whose authority issued it. */
	issuer: string;
	/** The first second at which it is valid. */
	issuedAt: number;
	/** The first second at which it is valid no more. */
	expiresAt: number;
	bearer: Bearer;
}

function brokenRule({ issuedAt, expiresAt, bearer }: Claims): Reason | null {
	const life = expiresAt - issuedAt;
	if (life < 1 || life > LONGEST_LIFE_S[bearer.kind]) return 'lifetime';
	return bearer.kind !== 'paper' && bearer.status.day >= YEAR_2200_DAY ? 'status_reference' : null;
}

/** Reads what [`writeClaims`] writes, and nothing else. */
export function readClaims(bytes: Bytes): Claims {
	const input = new Reader(bytes);
	const read = <T>(act: () => T) => inside('claims', act);
	const pairs = read(() => input.map());
	if (pairs !== 4 && pairs !== 5) throw new Refusal('claims');
	read(() => input.key(1));
	const issuer = fromUtf8(read(() => input.text()));
	if (issuer === null || !isRegion(issuer)) throw new Refusal('issuer');
	read(() => input.key(4));
	const expiresAt = readTime(input);
	read(() => input.key(6));
	const issuedAt = readTime(input);
	const bearer = readBearer(input, pairs === 5);
	read(() => input.end());
	const claims = { issuer, issuedAt, expiresAt, bearer };
	const broken = brokenRule(claims);
	if (broken) throw new Refusal(broken);
	return claims;
}

function readTime(input: Reader): number {
	const seconds = inside('claims', () => input.uint());
	if (seconds >= YEAR_2200_S) throw new Refusal('time_range');
	return seconds;
}

function readBearer(input: Reader, withDevice: boolean): Bearer {
	if (withDevice) {
		inside('claims', () => input.key(8));
		const device = readDevice(input);
		inside('claims', () => input.key(STATUS_CLAIM));
		return { kind: 'phone', status: readStatus(input), device };
	}
	switch (inside('claims', () => input.int())) {
		case STATUS_CLAIM:
			return { kind: 'token', status: readStatus(input) };
		case PAPER_CLAIM:
			return { kind: 'paper', paper: readPaper(input) };
		default:
			throw new Refusal('claims');
	}
}

/** The claims as CBOR. */
export function writeClaims(claims: Claims): Bytes {
	const out = new Writer();
	out.map(claims.bearer.kind === 'phone' ? 5 : 4);
	out.int(1);
	out.text(claims.issuer);
	out.int(4);
	out.int(claims.expiresAt);
	out.int(6);
	out.int(claims.issuedAt);
	writeBearer(claims.bearer, out);
	return out.end();
}
