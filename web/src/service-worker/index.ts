// Opens the pages without the network: all files of one version of the pages, whole or not at all. What the server says is
// never kept here.

import { version } from '$app/env';
import { assets, immutable } from '$app/manifest';
import { self } from '$app/service-worker';

const NAME = 'healthcode-pages-';
const CACHE = NAME + version;
const SHELL = '/';
const FILES = [...immutable, ...assets].map(({ path }) => `/${path.replace(/^\//, '')}`);
/** Addresses that are pages; all of them are the one shell. */
const PAGES = /^\/($|sign-in$|me(\/|$)|gate(\/|$)|console(\/|$))/;

/** The shell that names only files of this version: while a server is replaced, the two may come from different ones. */
async function shell(): Promise<Response> {
	const response = await fetch(SHELL, { cache: 'no-store', credentials: 'same-origin' });
	const html = await response.clone().text();
	const named = [...html.matchAll(/_app\/immutable\/[\w./-]+/g)].map(([path]) => `/${path}`);
	if (!response.ok || named.length === 0 || named.some((path) => !FILES.includes(path))) throw new Error('the pages are of two versions');
	return response;
}

async function fill(): Promise<void> {
	const cache = await caches.open(CACHE);
	const page = await shell();
	await cache.addAll(FILES.map((path) => new Request(path, { cache: 'no-cache' })));
	await cache.put(SHELL, page);
}

async function forgetOthers(): Promise<void> {
	const others = (await caches.keys()).filter((name) => name.startsWith(NAME) && name !== CACHE);
	await Promise.all(others.map((name) => caches.delete(name)));
}

async function answer(request: Request, path: string): Promise<Response> {
	const cache = await caches.open(CACHE);
	return (await cache.match(path)) ?? fetch(request);
}

// An install that fails leaves the version before as it was, and is tried again later.
self.addEventListener('install', (event) => event.waitUntil(fill()));
self.addEventListener('activate', (event) => event.waitUntil(forgetOthers().then(() => self.clients.claim())));

self.addEventListener('fetch', (event) => {
	const { request } = event;
	const { origin, pathname } = new URL(request.url);
	if (request.method !== 'GET' || origin !== self.location.origin) return;
	if (request.mode === 'navigate') {
		if (PAGES.test(pathname)) event.respondWith(answer(request, SHELL));
	} else if (FILES.includes(pathname)) {
		event.respondWith(answer(request, pathname));
	}
});

// The next version waits until a page takes it: one that has just been opened and is the only one, or one whose reader says so.
self.addEventListener('message', (event) => {
	const take = async () => {
		const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
		if (event.data === 'take' || (event.data === 'take if alone' && pages.length <= 1)) await self.skipWaiting();
	};
	event.waitUntil(take());
});
