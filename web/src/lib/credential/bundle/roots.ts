// The roots of a region: the keys that sign trust bundles and nothing else, and how many of them must.

import { concat, hexOf, utf8, type Bytes } from '../bytes.ts';
import { FieldFault, fieldsOf, listOf, wholeOf } from '../fields.ts';
import { importPoint, pointOf, signed } from '../keys.ts';
import { namedPoint } from '../trust_file.ts';

const MOST_ROOTS = 16;

/** Who signs bundles, by key id, and how many of them must. */
export interface Roots {
	threshold: number;
	/** Uncompressed points. */
	keys: Map<string, Bytes>;
}

/** One signature of a bundle; nothing is checked yet. */
export interface RootSignature {
	kid: string;
	signature: Bytes;
}

/** Reads roots as a bundle writes them: `{"threshold":2,"keys":[{"kid":…,"x":…,"y":…}]}`. */
export async function readRoots(value: unknown): Promise<Roots> {
	const fields = fieldsOf(value, ['threshold', 'keys'], 'roots');
	const keys = new Map<string, Bytes>();
	for (const [at, listed] of listOf(fields.keys, MOST_ROOTS, 'roots.keys').entries()) {
		const where = `roots.keys[${at}]`;
		const { kid, x, y } = await namedPoint(fieldsOf(listed, ['kid', 'x', 'y'], where), where);
		if (keys.has(kid)) throw new FieldFault(`${where}: listed twice`);
		keys.set(kid, pointOf(x, y));
	}
	return { threshold: wholeOf(fields.threshold, 1, keys.size, 'roots.threshold'), keys };
}

/**
 * What a gate knows its roots by before it has a bundle: the SHA-256 of `healthcode-roots/1`, a line feed, the threshold as one
 * byte, and each key's uncompressed point in the order of their ids; in hexadecimal digits.
 */
export async function fingerprint({ threshold, keys }: Roots): Promise<string> {
	const points = [...keys].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, point]) => point);
	const all = concat(utf8('healthcode-roots/1\n'), Uint8Array.of(threshold), ...points);
	return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', all)));
}

/** Whether enough of these roots have signed. A root counts once, however many of its signatures there are. */
export async function enoughSigned({ threshold, keys }: Roots, message: Bytes, signatures: readonly RootSignature[]): Promise<boolean> {
	const good = new Set<string>();
	for (const { kid, signature } of signatures) {
		const point = keys.get(kid);
		if (!point || good.has(kid)) continue;
		if (await signed(await importPoint(point), message, signature)) good.add(kid);
	}
	return good.size >= threshold;
}
