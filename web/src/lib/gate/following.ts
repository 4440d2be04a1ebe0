// Follows the status files of a region: what was kept is taken again at the start, then delta after delta, or the snapshot
// where the gate is far behind. Each file is kept as it came, still encrypted, once it was taken.

import { readBytes } from '#lib/api.ts';
import type { Bytes } from '#lib/credential/bytes.ts';
import type { GateState } from '#lib/credential/gate/state.ts';
import { FollowFault } from '#lib/credential/status/follower.ts';
import { SealFault, type DayKey } from '#lib/credential/status/seal.ts';
import type { Kept } from '#lib/kept.ts';

/** So many deltas are taken one by one; behind more than that, a snapshot is quicker. */
const MOST_DELTAS = 90;
/** Tables of so many days before the newest are kept: a pass lives for a day. */
const KEPT_DAYS = 2;

/** The newest files of a region. */
export interface Newest {
	number: number;
	snapshot: number;
}

/** What following needs to know. */
export interface Following {
	here: Kept;
	state: GateState;
	keys: readonly DayKey[];
	/** Where the files lie. */
	url: string;
}

/** Takes the kept files again; what does not hold together any more is dropped. */
export async function takeKept({ here, state, keys }: Omit<Following, 'url'>): Promise<number> {
	const files = await here.all<Bytes>('status');
	for (const [at, { value }] of files.entries()) {
		try {
			await state.takeStatus(value, keys);
		} catch {
			await here.remove('status', files.slice(at).map(({ key }) => key));
			return at;
		}
	}
	return files.length;
}

/** Takes one file, and keeps it: a snapshot in place of all that came before. */
export async function takeFile({ here, state, keys }: Omit<Following, 'url'>, file: Bytes, isSnapshot = false): Promise<void> {
	await state.takeStatus(file, keys);
	if (isSnapshot) await here.clear('status');
	await here.add('status', file);
	const newest = state.colours?.days.at(-1);
	if (newest !== undefined) state.colours?.forgetBefore(newest - KEPT_DAYS);
}

/** Catches up with what the server calls its newest; `length` files are kept. Returns how many are kept then. */
export async function catchUp(following: Following, newest: Newest, length: number): Promise<number> {
	const { state, url } = following;
	const takeSnapshot = async (): Promise<number> => {
		await takeFile(following, await readBytes(`${url}/snapshot/${newest.snapshot}`), true);
		return 1;
	};
	let kept = length;
	const behind = newest.number - (state.colours?.number ?? -Infinity);
	const newer = newest.snapshot > (state.colours?.number ?? -Infinity);
	if (newer && (behind > MOST_DELTAS || kept > MOST_DELTAS)) kept = await takeSnapshot();
	while (state.colours && state.colours.number < newest.number) {
		try {
			await takeFile(following, await readBytes(`${url}/delta/${state.colours.number + 1}`));
			kept += 1;
		} catch (fault) {
			// Another row of files than the one that was followed, or one with a hole: a newer snapshot mends it.
			const broken = fault instanceof FollowFault || fault instanceof SealFault;
			if (!broken || newest.snapshot <= state.colours.number) throw fault;
			kept = await takeSnapshot();
		}
	}
	return kept;
}
