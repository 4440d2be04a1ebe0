// What a status file says, and its CBOR.
//
// ["status", kind, region, number, previous, time, bundle, [withdrawn kid, …],
//  [[day, size, [count, gaps], [count, gaps], [count, gaps], [count, gaps]], …]]
//
// `kind` is 0 for a snapshot, 1 for a delta, 2 for an urgent one. The four lists of a day are the indexes that become
// green, yellow, red and undecided; a snapshot is the change from tables that are all green.

import { fromUtf8, hexOf, type Bytes } from '../bytes.ts';
import { CborFault, Reader } from '../cbor.ts';
import { YEAR_2200_DAY, YEAR_2200_S } from '../claims.ts';
import { isRegion } from '../region.ts';
import { GapsFault, readGaps } from './gaps.ts';
import { LARGEST_DAY, MOST_DAYS, STATUSES, type StatusTables } from './table.ts';

const MOST_WITHDRAWN = 1_000;
const KINDS = ['snapshot', 'delta', 'urgent'] as const;
/** Where a file stands in the row of files of its region. */
export type Kind = (typeof KINDS)[number];

/** The indexes of one day that take another status. */
export interface DayNews {
	/** Days since 1970. */
	day: number;
	/** Indexes of the day's table from now on. */
	size: number;
	/** By `STATUSES`. */
	lists: Uint32Array[];
}

export interface News {
	kind: Kind;
	region: string;
	/** The number of the delta after which the tables stand as this file leaves them; of an urgent one, which it follows. */
	number: number;
	/** Of a delta the link of the delta before, else of the delta with that number; in hexadecimal digits. */
	previous: string;
	/** When it was made, in seconds since 1970. This is the time a gate may check its clock by. */
	madeAt: number;
	/** The newest version of the region's trust bundle. */
	bundle: number;
	/** Ids of keys that are withdrawn, for ever. */
	withdrawn: string[];
	days: DayNews[];
}

/** The content of a file is not one. It was signed, so that its issuer is at fault. */
export class NewsFault extends Error {}

/** Reads the one encoding, and nothing else. */
export function readNews(bytes: Bytes): News {
	try {
		return read(new Reader(bytes));
	} catch (fault) {
		if (fault instanceof CborFault || fault instanceof GapsFault) throw new NewsFault(fault.message);
		throw fault;
	}
}

function demand(holds: boolean): void {
	if (!holds) throw new NewsFault('form');
}

function read(input: Reader): News {
	input.array(9);
	demand(fromUtf8(input.text()) === 'status');
	const kind = KINDS[input.uint()];
	const region = kind && fromUtf8(input.text());
	if (!kind || !region || !isRegion(region)) throw new NewsFault('form');
	const number = input.uint();
	const previous = hexOf(input.bytesOf(32));
	const madeAt = input.uint();
	demand(madeAt < YEAR_2200_S);
	const bundle = input.uint();
	demand(number <= Number.MAX_SAFE_INTEGER && bundle <= Number.MAX_SAFE_INTEGER);
	const withdrawn = readWithdrawn(input);
	const days = readDays(input);
	input.end();
	demand(kind !== 'snapshot' || days.every(({ lists }) => lists[0]!.length === 0));
	return { kind, region, number, previous, madeAt, bundle, withdrawn, days };
}

function readWithdrawn(input: Reader): string[] {
	const count = input.items();
	demand(count <= MOST_WITHDRAWN);
	const kids: string[] = [];
	for (let at = 0; at < count; at += 1) {
		const kid = hexOf(input.bytesOf(8));
		demand(at === 0 || kids[at - 1]! < kid);
		kids.push(kid);
	}
	return kids;
}

function readDays(input: Reader): DayNews[] {
	const count = input.items();
	demand(count <= MOST_DAYS);
	const days: DayNews[] = [];
	for (let at = 0; at < count; at += 1) {
		input.array(6);
		const [day, size] = [input.uint(), input.uint()];
		demand(size >= 1 && size <= LARGEST_DAY && day < YEAR_2200_DAY);
		demand(at === 0 || days[at - 1]!.day < day);
		const lists = STATUSES.map(() => {
			input.array(2);
			const listed = input.uint();
			return readGaps(size, listed, input.bytes());
		});
		days.push({ day, size, lists });
	}
	return days;
}

/** Makes the changes. */
export function apply(news: News, tables: StatusTables): void {
	for (const { day, size, lists } of news.days) {
		const table = tables.day(day, size);
		STATUSES.forEach((status, at) => table.set(lists[at]!, status));
	}
}
