// Bundles, and a gate with everything in it, put together by hand.

import { Bundle } from '#lib/credential/bundle.ts';
import { readRoots, fingerprint } from '#lib/credential/bundle/roots.ts';
import { toBase64url, utf8 } from '#lib/credential/bytes.ts';
import { writeClaims } from '#lib/credential/claims.ts';
import { GateState } from '#lib/credential/gate/state.ts';
import { present } from '#lib/credential/presentation.ts';
import { dayKey } from '#lib/credential/status/seal.ts';
import { bytes, Forge, ISSUED, newsOf, newSigner, sealed, type NewsParts, type Signer } from './forge.ts';

export const TODAY = 18_303;
export const SECRET = new Uint8Array(32).fill(7);
export const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
const xy = ({ kid, point }: Signer) => ({ kid, x: toBase64url(point.slice(1, 33)), y: toBase64url(point.slice(33)) });

export function listed(signer: Signer, purpose: string, given: Record<string, unknown> = {}): Record<string, unknown> {
	return { ...xy(signer), purpose, issuer: '330100', from: iso(ISSUED - 86_400), until: iso(ISSUED + 90 * 86_400), state: 'active', ...given };
}

export const rootsOf = (threshold: number, ...roots: Signer[]) => ({ threshold, keys: roots.map(xy) });
export const fingerprintOf = async (roots: unknown): Promise<string> => fingerprint(await readRoots(roots));

/** A bundle's file of a body, signed by these roots. */
export async function bundleFile(body: unknown, ...roots: Signer[]) {
	const content = utf8(typeof body === 'string' ? body : JSON.stringify(body));
	const sign = async (root: Signer) => ({ kid: root.kid, signature: toBase64url(await root.sign(bytes('healthcode-bundle/1\n', content))) });
	return { format: 'healthcode-bundle/1', body: toBase64url(content), signatures: await Promise.all(roots.map(sign)) };
}

/** Everything that a small city signs with. */
export class City {
	private constructor(
		readonly root: Signer,
		readonly pass: Signer,
		readonly status: Signer,
		readonly device: Signer
	) {}

	static async found(): Promise<City> {
		return new City(await newSigner(), await newSigner(), await newSigner(), await newSigner());
	}

	body(given: Record<string, unknown> = {}): Record<string, unknown> {
		const keys = [listed(this.pass, 'pass'), listed(this.status, 'status')];
		const ends = { issued_at: iso(ISSUED - 3_600), ends_at: iso(ISSUED + 30 * 86_400) };
		return { version: 1, region: '330100', ...ends, roots: rootsOf(1, this.root), keys, recognises: [], actions: {}, rule_set: 'hangzhou-2020-02@1', ...given };
	}

	async bundle(given: Record<string, unknown> = {}): Promise<Bundle> {
		const body = this.body(given);
		return Bundle.begin(await bundleFile(body, this.root), await fingerprintOf(body.roots));
	}

	/** A status file. */
	file(given: Partial<NewsParts>): Promise<Uint8Array<ArrayBuffer>> {
		const parts = { kind: 0 as const, region: '330100', number: 0, previous: new Uint8Array(32), madeAt: ISSUED, bundle: 1, withdrawn: [], days: [], ...given };
		return sealed(newsOf(parts), this.status, TODAY, SECRET);
	}

	/** A gate that took its bundle and a snapshot: 1 yellow, 2 red, 3 undecided, 9 indexes. */
	async gate(given: Record<string, unknown> = {}): Promise<GateState> {
		const gate = new GateState(await this.bundle(given), ISSUED);
		const days: NewsParts['days'] = [[TODAY, 9, [[], [1], [2], [3]]]];
		await gate.takeStatus(await this.file({ days }), [await dayKey(TODAY, SECRET)]);
		return gate;
	}

	/** The pass of a phone. */
	async phonePass(index: number, day = TODAY): Promise<string> {
		const forge = new Forge(this.pass);
		const { point } = this.device;
		const device = { x: point.slice(1, 33), yIsOdd: (point[64]! & 1) === 1 };
		const times = { issuedAt: ISSUED, expiresAt: ISSUED + 86_400 };
		forge.payload = writeClaims({ issuer: '330100', ...times, bearer: { kind: 'phone', status: { day, index }, device } });
		return forge.text();
	}

	async shown(index: number, at: number): Promise<string> {
		return (await present(await this.phonePass(index), at, this.device.sign))!;
	}

	async paper(): Promise<string> {
		const forge = new Forge(this.pass);
		const paper = { number: new Uint8Array(8), name: '张**', lastFour: '001X' };
		forge.payload = writeClaims({ issuer: '330100', issuedAt: ISSUED, expiresAt: ISSUED + 86_400, bearer: { kind: 'paper', paper } });
		return forge.text();
	}
}
