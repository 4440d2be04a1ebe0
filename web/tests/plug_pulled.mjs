// The plug is pulled: for hours her phone still shows a code that changes, the gate still admits her, stops the man who
// turned red just before, and refuses a picture of an hour ago; both pages are closed and opened again meanwhile. Plugged in,
// every scan arrives once.
//
// It needs a running `healthcode demo` (HEALTHCODE_URL, else http://127.0.0.1:8080) and a Chromium (CHROMIUM, else
// /usr/bin/chromium). The pages reach the server through a port of their own (PLUG_PORT, else 18480), so that the plug is theirs.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { declare, findPerson, passText, recordCase, scan, seesColour, words } from './loop/pages.mjs';
import { person } from './loop/people.mjs';
import { Plug } from './loop/plug.mjs';

const server = process.env.HEALTHCODE_URL ?? 'http://127.0.0.1:8080';
const plug = new Plug(new URL(server), Number(process.env.PLUG_PORT ?? 18480));
const w = words.en;
const HOURS = 5;
/** @typedef {import('playwright-core').Page} Page */

/** Every page's clock can be moved, and stays so when it is opened anew. */
function movable() {
	const ahead = () => Number(sessionStorage.getItem('ahead') ?? 0);
	const [wall, monotonic] = [Date.now.bind(Date), performance.now.bind(performance)];
	Date.now = () => wall() + ahead();
	performance.now = () => monotonic() + ahead();
}

/** @param {import('playwright-core').Browser} browser @param {{ width: number, height: number }} viewport */
async function open(browser, viewport) {
	const context = await browser.newContext({ baseURL: plug.url, viewport, locale: 'en-GB' });
	await context.addInitScript(movable);
	const page = await context.newPage();
	page.setDefaultTimeout(20_000);
	page.on('pageerror', (error) => assert.fail(error));
	return page;
}

/** @param {number} seconds @param {Page[]} pages */
async function passOnPages(seconds, ...pages) {
	for (const page of pages) {
		await page.evaluate((ms) => sessionStorage.setItem('ahead', String(Number(sessionStorage.getItem('ahead') ?? 0) + ms)), seconds * 1000);
		await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
	}
}

/** @param {number} forward_seconds */
async function passAtServer(forward_seconds) {
	const headers = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() };
	const answer = await fetch(`${server}/api/v1/demo/clock`, { method: 'POST', headers, body: JSON.stringify({ forward_seconds }) });
	assert.equal(answer.status, 200);
}

/** @param {Page} page @param {string} role */
async function signIn(page, role) {
	const { cast } = await (await fetch(`${server}/api/v1/demo`)).json();
	const link = cast.find((/** @type {{ role: string }} */ member) => member.role === role).link;
	await page.goto(`/sign-in#${link.split('#').pop()}`);
	await page.waitForURL(role === 'checker' ? '**/gate' : '**/console');
}

/** What the gate says of a code. @param {Page} gate @param {string} code @param {string} action @param {RegExp} why */
async function says(gate, code, action, why) {
	const verdict = gate.getByRole('region', { name: w['gate.verdict'] });
	await gate.getByRole('textbox', { name: w['gate.code'] }).fill(code);
	const began = performance.now();
	await gate.keyboard.press('Enter');
	const said = verdict.getByText(/** @type {string} */ (w['gate.judged_alone']));
	await said.waitFor();
	const words = await verdict.innerText();
	assert.ok(words.includes(w[`action.${action}`] ?? action) && why.test(words), `instead of ${action}: ${words}`);
	return Math.round(performance.now() - began);
}

/** Opened anew, the page is there, from what the browser kept. @param {Page} page */
async function openAnew(page) {
	await page.goto('about:blank');
	await page.goto(page === gatePage ? '/gate' : '/me');
}
/** @type {Page | undefined} */
let gatePage;

/** How often gates scanned her, by her own page. @param {Page} page */
async function scansSeen(page) {
	const { items } = await (await page.request.get('/api/v1/me/looks')).json();
	return items.filter((/** @type {{ purpose: string }} */ look) => look.purpose === 'scan').length;
}

/** @param {import('playwright-core').Browser} browser */
async function plugPulled(browser) {
	const [her, him] = [person({ name: 'Wang Lihua' }), person({ name: 'Chen Jianguo' })];
	const hers = await open(browser, { width: 390, height: 844 });
	await declare(hers, 'en', her);
	await seesColour(hers, 'en', 'green');
	const his = await open(browser, { width: 390, height: 844 });
	await declare(his, 'en', him);
	for (const page of [hers, his]) await page.getByText(/without a network until/).waitFor();
	console.log('ok  both phones hold passes of their own');

	const gate = (gatePage = await open(browser, { width: 1280, height: 800 }));
	await signIn(gate, 'checker');
	await gate.getByText(/** @type {string} */ (w['alone.ready'])).waitFor();
	await scan(gate, await passText(hers, 'en'), 'in');
	await scan(gate, await passText(his, 'en'), 'in');
	// What became green is in the next delta, which comes within a minute.
	await gate.waitForResponse((response) => /\/status\/\d+\/delta\/\d+$/.test(response.url()), { timeout: 90_000 });
	console.log('ok  the gate is ready to stand alone, and has admitted both');

	const officer = await open(browser, { width: 1280, height: 800 });
	await signIn(officer, 'officer');
	await findPerson(officer, him.number);
	await recordCase(officer, 'confirmed');
	await seesColour(his, 'en', 'red');
	await passAtServer(180);
	// Pages of the demo ask for its time every ten seconds.
	await gate.waitForTimeout(12_000);
	const before = await scansSeen(hers);
	await hers.evaluate(() => navigator.serviceWorker.ready);
	await plug.pull();
	console.log('ok  he turned red, and three minutes later the plug is pulled');

	for (const page of [hers, his, gate]) await openAnew(page);
	await gate.getByText(/** @type {string} */ (w['alone.working'])).waitFor();
	await hers.getByText(/As of .* it was: Green/).waitFor();
	const card = hers.getByRole('region', { name: w['me.title'] });
	await card.getByText(/** @type {string} */ (w['colour.unknown']), { exact: true }).waitFor();
	const picture = await passText(hers, 'en');
	await says(gate, picture, 'pass', /Green/);
	await says(gate, await passText(his, 'en'), 'stop', /Red/);
	console.log('ok  opened anew without a network, her page shows a code, and the gate admits her and stops him');

	await passOnPages(60, hers, his, gate);
	await hers.waitForFunction((old) => !document.querySelector('code')?.textContent?.includes(old), picture);
	await passOnPages(60, hers, his, gate);
	await says(gate, picture, 'ask', /expired/);
	await passOnPages(HOURS * 3_600, hers, his, gate);
	await openAnew(gate);
	await gate.getByText(/** @type {string} */ (w['alone.working'])).waitFor();
	await says(gate, picture, 'ask', /expired/);
	const tookMs = await says(gate, await passText(hers, 'en'), 'pass', /Green/);
	await says(gate, await passText(his, 'en'), 'stop', /Red/);
	await gate.getByText('Scans that wait for the centre: 6.').waitFor();
	console.log(`ok  ${HOURS} hours later it is the same, in ${tookMs} ms, and a picture of her code is refused`);

	await passAtServer(HOURS * 3_600 + 120);
	await plug.putIn();
	await gate.getByText('All delivered: 6.').waitFor({ timeout: 60_000 });
	await openAnew(gate);
	await gate.getByText(/** @type {string} */ (w['alone.ready'])).waitFor();
	await openAnew(hers);
	await seesColour(hers, 'en', 'green');
	// Twice the code was fresh; twice it was a picture, which leads the server to nobody.
	const arrived = (await scansSeen(hers)) - before;
	assert.equal(arrived, 2, `${arrived} scans of hers arrived`);
	console.log('ok  plugged in, every scan arrives once');
}

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
await plug.putIn();
try {
	await plugPulled(browser);
} finally {
	await browser.close();
	await plug.pull();
}
