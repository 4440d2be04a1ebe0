// One phone, two codes: a mother switches between hers and her child's, a gate sees each one's colour, both are shown
// while the plug is pulled, and a paper is printed for the child. When she answers no longer, the child's code is gone.
//
// It needs a running `healthcode demo` (HEALTHCODE_URL, else http://127.0.0.1:8080) and a Chromium (CHROMIUM, else
// /usr/bin/chromium); PLUG_PORT as for the plug. With PICTURES, pictures of the pages are put into that folder.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { picture, post, signIn } from './loop/demo.mjs';
import { declare, fitsSmallScreens, passText, seesColour, words } from './loop/pages.mjs';
import { person } from './loop/people.mjs';
import { Plug } from './loop/plug.mjs';

const server = process.env.HEALTHCODE_URL ?? 'http://127.0.0.1:8080';
const plug = new Plug(new URL(server), Number(process.env.PLUG_PORT ?? 18480));
const w = words.en;
/** @typedef {import('playwright-core').Page} Page */

/** @param {import('playwright-core').Browser} browser @param {{ width: number, height: number }} viewport */
async function open(browser, viewport) {
	const context = await browser.newContext({ baseURL: plug.url, viewport, locale: 'en-GB' });
	const page = await context.newPage();
	page.setDefaultTimeout(20_000);
	page.on('pageerror', (error) => assert.fail(error));
	return page;
}

/** @param {Page} page @returns {Promise<{ person: string, masked_name: string }>} */
const codeOf = async (page) => (await page.request.get('/api/v1/me/code')).json();

/** What the gate does with a code. @param {Page} gate @param {string} code @param {string} action */
async function scanned(gate, code, action) {
	await gate.getByRole('textbox', { name: w['gate.code'] }).fill(code);
	await gate.keyboard.press('Enter');
	const verdict = gate.getByRole('region', { name: w['gate.verdict'] });
	await verdict.getByText(w[`action.${action}`] ?? action, { exact: true }).waitFor().catch(async () => assert.fail(`instead of ${action}: ${await verdict.innerText()}`));
}

/** @param {import('playwright-core').Browser} browser */
async function household(browser) {
	const [hers, childs] = [await open(browser, { width: 390, height: 844 }), await open(browser, { width: 390, height: 844 })];
	await declare(hers, 'en', person({ name: 'Wang Lihua' }));
	await declare(childs, 'en', person({ name: 'Chen Xiaoming' }));
	await seesColour(hers, 'en', 'green');
	await seesColour(childs, 'en', 'green');
	const [mother, child] = [await codeOf(hers), await codeOf(childs)];
	assert.equal(await hers.getByRole('group', { name: w['me.whose'] }).count(), 0, 'nothing to choose, nothing shown');

	const officer = await open(browser, { width: 1280, height: 800 });
	await signIn(officer, server, 'officer');
	await post(officer, `/people/${child.person}/guardians`, { guardian: mother.person, reason: 'mother' });
	const whose = hers.getByRole('group', { name: w['me.whose'] });
	const theirs = whose.getByRole('radio', { name: child.masked_name });
	await theirs.waitFor();
	console.log('ok  her open page offers the child’s code as soon as an officer has let her answer');

	const own = await passText(hers, 'en');
	await post(officer, '/cases', { person: child.person, status: 'confirmed' });
	await theirs.focus();
	await hers.keyboard.press('Space');
	const card = hers.getByRole('region', { name: w['me.title_of']?.replace('{name}', child.masked_name) });
	await card.getByText(/** @type {string} */ (w['colour.red']), { exact: true }).waitFor();
	await hers.getByText(/without a network until/).waitFor();
	const other = await passText(hers, 'en', own);
	await picture(hers, 'child');
	const gate = await open(browser, { width: 1280, height: 800 });
	await signIn(gate, server, 'checker');
	await scanned(gate, other, 'stop');
	await whose.getByRole('radio', { name: w['me.whose_own'] }).check();
	await seesColour(hers, 'en', 'green');
	await scanned(gate, await passText(hers, 'en', other), 'pass');
	await picture(hers, 'own');
	console.log('ok  a gate stops the red child and lets the green mother pass, from one phone');

	await hers.evaluate(() => navigator.serviceWorker.ready);
	await plug.pull();
	await hers.goto('about:blank');
	await hers.goto('/me');
	await hers.getByText(/As of .* it was: Green/).waitFor();
	const alone = await passText(hers, 'en');
	await theirs.check();
	await hers.getByText(/As of .* it was: Red/).waitFor();
	assert.notEqual(await passText(hers, 'en', alone), alone);
	await plug.putIn();
	await card.getByText(/** @type {string} */ (w['colour.red']), { exact: true }).waitFor({ timeout: 30_000 });
	console.log('ok  with the plug pulled and the page opened anew, she shows either code');

	await hers.getByRole('link', { name: w['me.paper'] }).click();
	// The page before has such a choice, too.
	await hers.getByLabel(/** @type {string} */ (w['paper.days'])).waitFor();
	await hers.getByRole('radio', { name: child.masked_name }).check();
	await hers.getByLabel(/** @type {string} */ (w['paper.days'])).fill('43');
	await hers.getByRole('button', { name: w['paper.make'] }).click();
	await hers.getByText(/** @type {string} */ (w['paper.days_wrong'])).waitFor();
	await hers.getByLabel(/** @type {string} */ (w['paper.days'])).fill('42');
	await hers.getByRole('button', { name: w['paper.make'] }).click();
	const paper = hers.getByRole('article');
	for (const text of [child.masked_name, words.en['paper.with_document'], words.zh['paper.with_document']]) await paper.getByText(text ?? '').waitFor();
	await picture(hers, 'paper');
	await hers.emulateMedia({ media: 'print' });
	assert.equal(await hers.getByRole('button', { name: w['paper.make'] }).isVisible(), false);
	if (process.env.PICTURES) await hers.screenshot({ path: `${process.env.PICTURES}/paper-printed.png`, fullPage: true });
	await hers.emulateMedia({ media: 'screen' });
	await fitsSmallScreens(hers, ['/me', '/me/paper']);
	console.log('ok  a paper for the child says masked name and document in both languages, and prints alone');

	await hers.goto('/me');
	await theirs.check();
	await card.waitFor();
	const last = await passText(hers, 'en', other);
	await post(officer, `/people/${child.person}/guardians`, { guardian: mother.person, may_answer: false, reason: 'grown up' });
	await seesColour(hers, 'en', 'green');
	assert.equal(await whose.count(), 0);
	await scanned(gate, last, 'ask');
	console.log('ok  when it ends, her page is her own again, and a gate takes what it showed no more');
}

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
await plug.putIn();
try {
	await household(browser);
} finally {
	await browser.close();
	await plug.pull();
}
