// The trust bundle: everything that a gate of a region must know beforehand, in one file that several roots sign.
//
// {"format":"healthcode-bundle/1","body":"<the bytes that are signed, base64url>",
//  "signatures":[{"kid":"…","signature":"<64 bytes, base64url>"}]}
//
// Its version rises, the same version is the same bytes, roots change with the consent of old and new, and a key that was
// once withdrawn stays so.

import { concat, hexOf, utf8, type Bytes } from './bytes.ts';
import { bytesOf, FieldFault, fieldsOf, listOf, textOf } from './fields.ts';
import { Trust } from './trust.ts';
import { readContents, refuseRoots, type Contents } from './bundle/body.ts';
import { enoughSigned, fingerprint, type RootSignature } from './bundle/roots.ts';

export const FORMAT = 'healthcode-bundle/1';
const [LONGEST_BODY_BYTES, MOST_SIGNATURES] = [3 * 2 ** 20, 64];

/** A bundle is refused; nothing of it is trusted. */
export class BundleFault extends Error {
	constructor(
		readonly why: 'form' | 'roots' | 'threshold' | 'region' | 'rollback' | 'fork' | 'time',
		detail = ''
	) {
		super(detail ? `${why}: ${detail}` : why);
	}
}

interface Signed {
	body: Bytes;
	/** What a root signs: the format, a line feed, and the body. */
	message: Bytes;
	digest: string;
	signatures: RootSignature[];
}

async function formed<T>(act: () => T | Promise<T>): Promise<T> {
	try {
		return await act();
	} catch (fault) {
		throw fault instanceof FieldFault ? new BundleFault('form', fault.message) : fault;
	}
}

async function readSigned(value: unknown): Promise<Signed> {
	const file = fieldsOf(value, ['format', 'body', 'signatures'], 'bundle');
	if (file.format !== FORMAT) throw new FieldFault(`the format is not ${FORMAT}`);
	const body = bytesOf(file.body, 'body');
	if (body.length > LONGEST_BODY_BYTES) throw new FieldFault('body: too long');
	const signatures = listOf(file.signatures, MOST_SIGNATURES, 'signatures').map((value, at) => {
		const where = `signatures[${at}]`;
		const fields = fieldsOf(value, ['kid', 'signature'], where);
		const kid = textOf(fields.kid, `${where}.kid`);
		if (!/^[0-9a-f]{16}$/.test(kid)) throw new FieldFault(`${where}.kid: not 16 hexadecimal digits`);
		return { kid, signature: bytesOf(fields.signature, `${where}.signature`, 64) };
	});
	const digest = hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', body)));
	return { body, message: concat(utf8(`${FORMAT}\n`), body), digest, signatures };
}

/** A trust bundle whose signatures have been checked. */
export class Bundle {
	private constructor(
		readonly contents: Contents,
		/** What a gate may know the roots of this bundle by. */
		readonly roots: string,
		private readonly digest: string,
		/** Keys that this version or one before it calls withdrawn; kept beside the file. */
		readonly withdrawn: ReadonlySet<string>
	) {}

	/**
	 * The first bundle a gate takes, and one that it kept: signed by enough of its own roots, and these are the ones with this
	 * fingerprint. `withdrawn` were once withdrawn.
	 */
	static async begin(file: unknown, roots: string, withdrawn: Iterable<string> = []): Promise<Bundle> {
		const signed = await formed(() => readSigned(file));
		const contents = await formed(() => readContents(signed.body));
		if ((await fingerprint(contents.roots)) !== roots) throw new BundleFault('roots');
		return Bundle.of(signed, contents, withdrawn);
	}

	private static async of(signed: Signed, contents: Contents, withdrawn: Iterable<string>): Promise<Bundle> {
		if (!(await enoughSigned(contents.roots, signed.message, signed.signatures))) throw new BundleFault('threshold');
		const own = contents.keys.filter(({ life }) => life.state === 'withdrawn').map(({ kid }) => kid);
		return new Bundle(contents, await fingerprint(contents.roots), signed.digest, new Set([...withdrawn, ...own]));
	}

	/** The next bundle after this one. Nothing of a refused file counts. */
	async follow(file: unknown): Promise<Bundle> {
		const signed = await formed(() => readSigned(file));
		if (!(await enoughSigned(this.contents.roots, signed.message, signed.signatures))) throw new BundleFault('threshold');
		if (signed.digest === this.digest) return this;
		const contents = await formed(() => readContents(signed.body));
		const next = await Bundle.of(signed, contents, this.withdrawn);
		const last = this.contents;
		if (contents.region !== last.region) throw new BundleFault('region');
		if (contents.version < last.version) throw new BundleFault('rollback');
		if (contents.version === last.version) throw new BundleFault('fork');
		if (contents.issuedAt < last.issuedAt) throw new BundleFault('time');
		await formed(() => refuseRoots(contents.keys, last.roots));
		return next;
	}

	/** Whether its end has come. */
	hasEnded(at: number): boolean {
		return at >= this.contents.endsAt;
	}

	/** Whether passes of an issuer count in the bundle's region at an instant. */
	recognises(issuer: string, at: number): boolean {
		const { region, recognises } = this.contents;
		return region === issuer || recognises.some((rule) => rule.issuer === issuer && at >= rule.from && (rule.until === null || at < rule.until));
	}

	/** The keys to verify with. Those that status files call withdrawn are, and so are those of any bundle before. */
	trust(withdrawn: Iterable<string>): Trust {
		const trust = new Trust();
		this.contents.keys.forEach((key) => trust.add(key));
		for (const kid of [...this.withdrawn, ...withdrawn]) trust.withdraw(kid);
		return trust;
	}
}
