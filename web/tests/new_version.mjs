// A new version of the pages in a real browser: never half old and half new. Two versions are built and served one after the
// other, without any interface behind them.
//
//   node tests/new_version.mjs        (CHROMIUM, else /usr/bin/chromium)
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';

const HERE = new URL('..', import.meta.url).pathname;
const PORT = Number(process.env.PORT ?? 18492);
const KINDS = new Map(Object.entries({ '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png' }));
const scratch = mkdtempSync(join(tmpdir(), 'healthcode-pages-'));

/** Builds the pages under another name. @param {string} name */
function build(name) {
	const to = join(scratch, name);
	for (const part of ['src', 'messages', 'static', 'package.json', 'package-lock.json', 'tsconfig.json', 'vite.config.ts', 'node20.ts']) cpSync(join(HERE, part), join(to, part), { recursive: true });
	symlinkSync(join(HERE, 'node_modules'), join(to, 'node_modules'));
	const messages = join(to, 'messages/en.json');
	writeFileSync(messages, readFileSync(messages, 'utf8').replace('"layout.name": "Health code"', `"layout.name": "${name}"`));
	execFileSync('npx', ['vite', 'build'], { cwd: to, stdio: 'ignore' });
	return join(to, 'build');
}

/** What is served, and one file that is missing from it. */
const served = { root: '', lacks: '?' };
const server = createServer((request, response) => {
	const path = new URL(request.url ?? '/', 'http://x').pathname;
	const file = path !== '/' && existsSync(served.root + path) ? served.root + path : `${served.root}/index.html`;
	const missing = path.startsWith('/api/') || path.includes(served.lacks) || (path.startsWith('/_app/') && file.endsWith('index.html'));
	response.writeHead(missing ? 404 : 200, { 'content-type': KINDS.get(extname(file)) ?? 'text/plain', 'cache-control': 'no-cache' });
	response.end(missing ? '' : readFileSync(file));
});

/** @typedef {import('playwright-core').Page} Page */
/** @param {Page} page @param {string} name */
const shows = (page, name) => page.getByRole('banner').getByText(name, { exact: true }).waitFor({ timeout: 8_000 });
/** @param {Page} page */
const look = (page) => page.evaluate(async () => void (await (await navigator.serviceWorker.getRegistration())?.update().catch(() => null)));

/** @param {import('playwright-core').BrowserContext} context @param {string} first @param {string} second */
async function versions(context, first, second) {
	const page = await context.newPage();
	served.root = first;
	await page.goto('/');
	await page.waitForFunction(() => navigator.serviceWorker.controller);
	await shows(page, 'First');
	[served.root, served.lacks] = [second, '/icon-512.png'];
	await look(page);
	await page.waitForTimeout(1_500);
	await page.goto('/gate');
	await shows(page, 'First');
	console.log('ok  a version that is not whole is not taken, and the one before goes on');

	served.lacks = '?';
	const other = await context.newPage();
	await other.goto('/me');
	await look(other);
	const take = page.getByRole('button', { name: 'Use it now' });
	await take.waitFor({ timeout: 8_000 });
	await page.reload();
	for (const one of [page, other]) await shows(one, 'First');
	await take.click();
	for (const one of [page, other]) await shows(one, 'Second');
	console.log('ok  with two pages open it waits until one of them takes it, and then both are new');

	await other.close();
	served.root = first;
	await look(page);
	await page.waitForTimeout(1_500);
	await page.reload();
	await shows(page, 'First');
	console.log('ok  a page that is alone takes it when it is opened anew');

	server.closeAllConnections();
	server.close();
	for (const path of ['/me', '/gate']) {
		await page.goto(path);
		await shows(page, 'First');
	}
	assert.equal((await page.evaluate(() => caches.keys())).length, 1, 'an older version lies about');
	console.log('ok  without a server the pages open, and one version is kept');
}

await new Promise((/** @type {(value?: undefined) => void} */ done) => server.listen(PORT, '127.0.0.1', () => done()));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
	await versions(await browser.newContext({ baseURL: `http://127.0.0.1:${PORT}`, locale: 'en-GB' }), build('First'), build('Second'));
} finally {
	await browser.close();
	server.close();
	rmSync(scratch, { recursive: true });
}
