// Status files as they travel: signed, then encrypted.
//
// "EPS1" · day, 4 bytes · nonce, 12 bytes · AES-256-GCM of the signed content · tag, 16 bytes
//
// `day` names the key: days since 1970. The first eight bytes are authenticated with the rest. What is encrypted is a
// COSE_Sign1 like that of a pass by a key whose purpose is `status`, with the content of `news.ts` as its payload.

import { hexOf, type Bytes } from '../bytes.ts';
import { readEnvelope } from '../cose.ts';
import { signed } from '../keys.ts';
import { Refusal } from '../outcome.ts';
import type { Trust } from '../trust.ts';
import { NewsFault, readNews, type News } from './news.ts';

const MAGIC = [0x45, 0x50, 0x53, 0x31];
const [HEAD_BYTES, NONCE_BYTES] = [8, 12];
/** A larger file is not even decrypted. */
const LONGEST_FILE_BYTES = 128 * 2 ** 20;

/** The key of one day, known to every enrolled gate; days since 1970. The key itself cannot be taken out of the browser. */
export interface DayKey {
	day: number;
	key: CryptoKey;
}

/** A file whose content is signed by a status key of its region. Only [`open`] makes one. */
export interface SignedNews {
	news: News;
	/** The SHA-256 of its signed content, in hexadecimal digits. */
	link: string;
}

/** A file is not taken. `why` says for a signature which step failed. */
export class SealFault extends Error {
	constructor(
		readonly code: 'status_form' | 'status_day_key' | 'status_altered' | 'status_signature' | 'status_content',
		readonly why = ''
	) {
		super(why ? `${code}: ${why}` : code);
	}
}

export async function dayKey(day: number, secret: Bytes): Promise<DayKey> {
	return { day, key: await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['decrypt']) };
}

/**
 * Decrypts a file and checks its signature: by a key of `trust` with the purpose `status`, for the file's region, in force
 * when it was made, and not withdrawn.
 */
export async function open(file: Bytes, keys: readonly DayKey[], trust: Trust): Promise<SignedNews> {
	const content = await decrypt(file, keys);
	try {
		const envelope = readEnvelope(content);
		const known = trust.known(hexOf(envelope.kid));
		if (!known) throw new Refusal('key_unknown');
		if (known.isWithdrawn) throw new Refusal('key_withdrawn');
		if (!(await signed(await known.key(), envelope.signed, envelope.signature))) throw new Refusal('signature');
		const news = readNews(envelope.payload);
		known.mayHaveSigned('status', news.region, news.madeAt);
		return { news, link: hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', envelope.payload))) };
	} catch (fault) {
		if (fault instanceof Refusal) throw new SealFault('status_signature', fault.reason);
		if (fault instanceof NewsFault) throw new SealFault('status_content', fault.message);
		throw fault;
	}
}

async function decrypt(file: Bytes, keys: readonly DayKey[]): Promise<Bytes> {
	const is = MAGIC.every((byte, at) => file[at] === byte);
	if (!is || file.length < HEAD_BYTES + NONCE_BYTES || file.length > LONGEST_FILE_BYTES) throw new SealFault('status_form');
	const head = file.subarray(0, HEAD_BYTES);
	const day = new DataView(file.buffer, file.byteOffset, HEAD_BYTES).getInt32(4);
	const key = keys.find((key) => key.day === day)?.key;
	if (!key) throw new SealFault('status_day_key', String(day));
	const iv = file.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
	try {
		const way = { name: 'AES-GCM', iv, additionalData: head };
		return new Uint8Array(await crypto.subtle.decrypt(way, key, file.subarray(HEAD_BYTES + NONCE_BYTES)));
	} catch {
		throw new SealFault('status_altered');
	}
}
