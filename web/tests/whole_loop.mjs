// The whole loop in a real browser: she declares and is admitted; a man who sat beside her for half an hour is confirmed
// as a case; her page turns red by itself and says why; he is ruled out, and she is green again. Then a milder edition of
// the rules is brought in, and takes effect.
//
// It needs a running `healthcode demo` (HEALTHCODE_URL, else http://127.0.0.1:8080) and a Chromium (CHROMIUM, else
// /usr/bin/chromium).
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { playEdition } from './loop/editions.mjs';
import { declare, findPerson, fitsSmallScreens, passText, previewCase, recordCase, scan, seesColour, words } from './loop/pages.mjs';
import { person } from './loop/people.mjs';
import { playPlace } from './loop/places.mjs';

const baseURL = process.env.HEALTHCODE_URL ?? 'http://127.0.0.1:8080';
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 800 };
const TURNS_WITHIN_MS = 2000;

/** @type {Set<string>} */
const complaints = new Set();

/** @param {import('playwright-core').Browser} browser @param {string} who @param {'en' | 'zh'} language @param {{ width: number, height: number }} viewport */
async function open(browser, who, language, viewport) {
	const context = await browser.newContext({ baseURL, viewport, locale: language === 'zh' ? 'zh-CN' : 'en-GB' });
	const page = await context.newPage();
	page.setDefaultTimeout(15_000);
	page.on('pageerror', (error) => complaints.add(`${who}: ${error.message}`));
	page.on('console', (message) => {
		// A browser complains of every refusal it receives; that nobody is signed in yet, and that an edition has a
		// mistake, are proper answers.
		const { url } = message.location();
		const asked = (url.endsWith('/api/v1/session') && message.text().includes('401')) || (url.endsWith('/api/v1/rules/drafts') && message.text().includes('422'));
		if (message.type() === 'error' && !asked) complaints.add(`${who}: ${message.text()} (${url})`);
	});
	return page;
}

async function demo() {
	const answer = await fetch(`${baseURL}/api/v1/demo`);
	assert.equal(answer.status, 200, `${baseURL} is no running \`healthcode demo\``);
	return /** @type {Promise<{ cast: { role: string, link: string }[] }>} */ (answer.json());
}

/** @param {number} forward_seconds */
async function forward(forward_seconds) {
	const headers = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() };
	const answer = await fetch(`${baseURL}/api/v1/demo/clock`, { method: 'POST', headers, body: JSON.stringify({ forward_seconds }) });
	assert.equal(answer.status, 200);
}

/** @param {import('playwright-core').Page} page @param {string} role */
async function signIn(page, role) {
	const link = (await demo()).cast.find((member) => member.role === role)?.link ?? '';
	await page.goto(`/sign-in#${link.split('#').pop()}`);
	await page.waitForURL(role === 'checker' ? '**/gate' : '**/console');
	assert.equal(new URL(page.url()).hash, '', 'the link stays in the address bar');
}

/** @param {import('playwright-core').Browser} browser */
async function wholeLoop(browser) {
	const [her, him] = [person({ name: 'Wang Lihua' }), person({ name: '陈建国' })];
	const hers = await open(browser, 'she', 'en', PHONE);
	await declare(hers, 'en', her);
	await seesColour(hers, 'en', 'green');
	const his = await open(browser, 'he', 'zh', PHONE);
	await declare(his, 'zh', him);
	await seesColour(his, 'zh', 'green');
	console.log('ok  both declare and see their codes green');

	const gate = await open(browser, 'checker', 'en', DESK);
	await signIn(gate, 'checker');
	const shown = { hers: await passText(hers, 'en'), his: await passText(his, 'zh') };
	await scan(gate, shown.hers, 'in');
	await scan(gate, shown.his, 'in');
	await forward(30 * 60);
	await scan(gate, await passText(hers, 'en', shown.hers), 'out');
	await scan(gate, await passText(his, 'zh', shown.his), 'out');
	console.log('ok  the gate admits both, and lets them out half an hour later');

	await playPlace(gate, hers);
	console.log('ok  she scans the code on the screen of the place, and hears what it proves');

	const officer = await open(browser, 'officer', 'en', DESK);
	await signIn(officer, 'officer');
	await findPerson(officer, him.number);
	let reloaded = false;
	hers.on('framenavigated', () => (reloaded = true));
	await previewCase(officer, 'confirmed', /^1 contacts, 0 contacts of contacts$/);
	await seesColour(hers, 'en', 'green');
	console.log('ok  before he is confirmed, the officer sees that it concerns one person');
	await recordCase(officer, 'confirmed');
	const began = performance.now();
	await seesColour(hers, 'en', 'red', TURNS_WITHIN_MS);
	const tookMs = Math.round(performance.now() - began);
	await hers.getByRole('region', { name: words.en['me.why'] }).getByText(/close contact with a case/).waitFor();
	await hers.getByRole('region', { name: words.en['me.next'] }).getByText(/0 of 14/).waitFor();
	await seesColour(his, 'zh', 'red');
	assert.equal(reloaded, false);
	console.log(`ok  her page turns red by itself in ${tookMs} ms and says why`);

	await gate.getByRole('textbox', { name: words.en['gate.code'] }).fill(await passText(hers, 'en'));
	await gate.keyboard.press('Enter');
	const verdict = gate.getByRole('region', { name: words.en['gate.verdict'] });
	await verdict.getByText(/** @type {string} */ (words.en['action.stop']), { exact: true }).waitFor();
	console.log('ok  the gate stops her');

	await recordCase(officer, 'excluded');
	await seesColour(hers, 'en', 'green');
	await seesColour(his, 'zh', 'green');
	console.log('ok  he is ruled out, and both are green again');

	await recordCase(officer, 'confirmed');
	await seesColour(hers, 'en', 'red');
	const found = new URL(officer.url());
	await playEdition(officer, await open(browser, 'second officer', 'en', DESK), forward);
	await seesColour(hers, 'en', 'yellow');
	await hers.getByText('You were with a case.').waitFor();
	await seesColour(his, 'zh', 'red');
	console.log('ok  when it takes effect, her page turns yellow by itself, and his stays red');

	await fitsSmallScreens(hers, ['/', '/me', '/me/here', '/me/why', '/me/looks', '/me/declare', '/me/quarantine', '/me/household']);
	await fitsSmallScreens(gate, ['/gate', '/gate/door', '/gate/place']);
	await fitsSmallScreens(officer, ['/console', '/console/find', '/console/cases', '/console/outbreak', '/console/quarantine', '/console/officers', '/console/looks', '/console/identity', '/console/points', '/console/doubted', '/console/rides', '/console/rules', '/console/definitions', `${found.pathname}${found.hash}`, `/console/case${found.hash}`]);
	console.log('ok  every page fits a screen of 320 px in both languages');

	assert.deepEqual([...complaints], [], 'the browser complained');
	console.log('ok  no errors on any console');
}

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath, args });
try {
	await wholeLoop(browser);
} finally {
	await browser.close();
}
