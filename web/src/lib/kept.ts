// What this device keeps over reloads, so that it works without the server: keys that cannot be taken out of the browser,
// passes, status files, scans that wait. All of it lies in one database of the browser.

const NAME = 'healthcode';
const VERSION = 1;
const SHELVES = ['phone', 'gate', 'status', 'scans', 'seal'] as const;
/**
 * `phone`: a resident's keys, passes and last decision; `gate`: what a gate takes along; `status`: its status files in the
 * order in which they were taken; `scans`: what it scanned alone, in order; `seal`: the key under which these lie.
 */
export type Shelf = (typeof SHELVES)[number];

/** Where things are kept. */
export interface Kept {
	get<T>(shelf: Shelf, key: string): Promise<T | null>;
	put(shelf: Shelf, key: string, value: unknown): Promise<void>;
	/** Adds behind all others. */
	add(shelf: Shelf, value: unknown): Promise<void>;
	/** Everything, in order. */
	all<T>(shelf: Shelf): Promise<{ key: IDBValidKey; value: T }[]>;
	remove(shelf: Shelf, keys: readonly IDBValidKey[]): Promise<void>;
	clear(shelf: Shelf): Promise<void>;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
	return new Promise((good, bad) => {
		request.onsuccess = () => good(request.result);
		request.onerror = () => bad(request.error);
	});
}

class Database implements Kept {
	constructor(private readonly database: IDBDatabase) {}

	/** One transaction; done when it is on disk. */
	private async act<T>(shelf: Shelf, mode: IDBTransactionMode, what: (store: IDBObjectStore) => IDBRequest<T> | void): Promise<T> {
		const transaction = this.database.transaction(shelf, mode, { durability: 'strict' });
		const request = what(transaction.objectStore(shelf));
		await new Promise<void>((good, bad) => {
			transaction.oncomplete = () => good();
			transaction.onabort = () => bad(transaction.error);
		});
		return request?.result as T;
	}

	async get<T>(shelf: Shelf, key: string): Promise<T | null> {
		return (await this.act<T | undefined>(shelf, 'readonly', (store) => store.get(key))) ?? null;
	}

	async put(shelf: Shelf, key: string, value: unknown): Promise<void> {
		await this.act(shelf, 'readwrite', (store) => store.put(value, key));
	}

	async add(shelf: Shelf, value: unknown): Promise<void> {
		await this.act(shelf, 'readwrite', (store) => store.add(value));
	}

	async all<T>(shelf: Shelf): Promise<{ key: IDBValidKey; value: T }[]> {
		const store = this.database.transaction(shelf, 'readonly').objectStore(shelf);
		const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
		return keys.map((key, at) => ({ key, value: values[at] as T }));
	}

	async remove(shelf: Shelf, keys: readonly IDBValidKey[]): Promise<void> {
		await this.act(shelf, 'readwrite', (store) => keys.forEach((key) => store.delete(key)));
	}

	async clear(shelf: Shelf): Promise<void> {
		await this.act(shelf, 'readwrite', (store) => store.clear());
	}
}

let opened: Promise<Kept | null> | null = null;

async function openDatabase(): Promise<Kept | null> {
	// Keys are made on pages only that nobody could alter on their way.
	if (!globalThis.isSecureContext || !globalThis.crypto?.subtle || !globalThis.indexedDB) return null;
	const request = indexedDB.open(NAME, VERSION);
	request.onupgradeneeded = () => SHELVES.forEach((shelf) => request.result.createObjectStore(shelf, { autoIncrement: true }));
	try {
		const database = await done(request);
		database.onversionchange = () => database.close();
		// Without being asked, a browser may forget all of it when space runs out.
		navigator.storage?.persist?.().catch(() => {});
		return new Database(database);
	} catch {
		return null;
	}
}

/** What this device keeps; null where it can keep no keys: no secure page, or a browser that does not let us. */
export function kept(): Promise<Kept | null> {
	return (opened ??= openDatabase());
}

/** Whoever signs in or out is somebody else. Scans that wait stay: they are delivered when their gate signs in again. */
export async function forgetWhoWasHere(): Promise<void> {
	const here = await kept();
	if (here) await Promise.all((['phone', 'gate', 'status'] as const).map((shelf) => here.clear(shelf)));
}

/** Something encrypted. */
export interface Sealed {
	nonce: Uint8Array<ArrayBuffer>;
	content: ArrayBuffer;
}

/** The key under which scans wait; it cannot be taken out of the browser. */
export async function scanKey(here: Kept): Promise<CryptoKey> {
	const known = await here.get<CryptoKey>('seal', 'scans');
	if (known) return known;
	const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
	await here.put('seal', 'scans', made);
	return made;
}

export async function seal(key: CryptoKey, value: unknown): Promise<Sealed> {
	const nonce = crypto.getRandomValues(new Uint8Array(12));
	const bytes = new TextEncoder().encode(JSON.stringify(value));
	return { nonce, content: await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, bytes) };
}

export async function unseal<T>(key: CryptoKey, { nonce, content }: Sealed): Promise<T> {
	const bytes = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce }, key, content);
	return JSON.parse(new TextDecoder().decode(bytes)) as T;
}
