// Two agree on their phones that they sleep under one roof; an officer records another household and ends it, enters a
// ride with a seat, and clears a doubted visit. A gate page says in which hall it stands.
//
// It needs a running `healthcode demo` (HEALTHCODE_URL, else http://127.0.0.1:8080) and a Chromium (CHROMIUM, else
// /usr/bin/chromium). With PICTURES, pictures of the pages are put into that folder.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { picture, post, signIn } from './loop/demo.mjs';
import { declare, fitsSmallScreens, passText, seesColour, words } from './loop/pages.mjs';
import { person } from './loop/people.mjs';

const server = process.env.HEALTHCODE_URL ?? 'http://127.0.0.1:8080';
const w = words.en;
/** @typedef {import('playwright-core').Page} Page */

/** @param {import('playwright-core').Browser} browser @param {{ width: number, height: number }} viewport */
async function open(browser, viewport) {
	const context = await browser.newContext({ baseURL: server, viewport, locale: 'en-GB' });
	const page = await context.newPage();
	page.setDefaultTimeout(20_000);
	page.on('pageerror', (error) => assert.fail(error));
	return page;
}

/** @param {import('playwright-core').Browser} browser @param {string} name */
async function resident(browser, name) {
	const page = await open(browser, { width: 390, height: 844 });
	await declare(page, 'en', person({ name }));
	await seesColour(page, 'en', 'green');
	const { person: id } = await (await page.request.get('/api/v1/me/code')).json();
	return { page, id, code: await passText(page, 'en') };
}

/** @param {import('playwright-core').Browser} browser */
async function underOneRoof(browser) {
	const [hers, his] = [await resident(browser, 'Wang Lihua'), await resident(browser, 'Chen Wei')];
	await hers.page.goto('/me/household');
	await hers.page.getByLabel(/** @type {string} */ (w['household.code'])).fill(his.code);
	await hers.page.getByRole('button', { name: w['household.ask'], exact: true }).click();
	await hers.page.getByText(/** @type {string} */ (w['household.was_asked'])).waitFor();
	await his.page.goto('/me/household');
	await his.page.getByText(/** @type {string} */ (w['household_state.asks_you'])).waitFor();
	await picture(his.page, 'asks');
	await his.page.getByRole('button', { name: w['household.agree'] }).click();
	await his.page.getByText(/** @type {string} */ (w['household_state.agreed'])).waitFor();
	console.log('ok  one asks with the other’s code, and the other agrees');

	const other = await resident(browser, 'Zhao Min');
	const officer = await open(browser, { width: 1280, height: 800 });
	await signIn(officer, server, 'officer');
	await officer.goto('/console/find');
	await officer.getByRole('combobox', { name: w['find.purpose'] }).selectOption('case');
	await officer.goto(`/console/person#${hers.id}`);
	await officer.getByRole('combobox', { name: w['find.purpose'] }).selectOption('case');
	await officer.getByRole('button', { name: w['person.open'] }).click();
	await officer.getByRole('button', { name: w['person_household.see'] }).click();
	const homes = officer.getByRole('region', { name: w['person_household.title'] });
	await homes.getByText(/** @type {string} */ (w['person_household.agreed'])).waitFor();
	await homes.getByText(/** @type {string} */ (w['person_household.record'])).first().click();
	await homes.getByLabel(/** @type {string} */ (w['person_household.with'])).fill(other.id);
	await homes.getByLabel(/** @type {string} */ (w['case_file.reason'])).last().fill('met at the door');
	await homes.getByRole('button', { name: w['person_household.record'] }).click();
	await homes.getByText(/met at the door/).waitFor();
	await picture(officer, 'homes');
	await homes.getByText(/** @type {string} */ (w['person_household.end'])).first().click();
	await homes.getByLabel(/** @type {string} */ (w['case_file.reason'])).first().fill('moved out');
	await homes.getByRole('button', { name: w['person_household.end'] }).click();
	await homes.getByText(/moved out/).waitFor();
	await hers.page.goto('/me/household');
	await hers.page.getByText(/moved out/).waitFor();
	await picture(hers.page, 'household');
	console.log('ok  an officer records another household and ends it; she reads both reasons');

	const ride = { operator: 'CR', line: 'G7301', kind: 'train_open', region: '330106' };
	const hour = (/** @type {number} */ ago) => new Date(now - ago * 3_600_000).toISOString();
	const now = Date.parse((await (await officer.request.get('/api/v1/clock')).json()).now);
	await post(officer, '/rides', { ...ride, from: hour(3), until: hour(1), layout: 'c1 to c8' });
	await officer.goto('/console/rides');
	await officer.getByRole('button', { name: w['rides.see'] }).first().click();
	await officer.getByLabel(/** @type {string} */ (w['rides.code'])).fill(await passText(other.page, 'en'));
	const seat = officer.getByRole('textbox', { name: new RegExp(`^${w['rides.seat']}`) });
	await seat.fill('12A');
	await officer.getByRole('button', { name: w['rides.enter'] }).click();
	await officer.getByRole('alert').getByText('r12/A').waitFor();
	await seat.fill('c5/b3');
	await officer.getByRole('button', { name: w['rides.enter'] }).click();
	await officer.getByText('c5/b3', { exact: true }).waitFor();
	await picture(officer, 'rides');
	console.log('ok  a passenger is entered with a seat, and what is no seat is refused in words');

	const gate = await open(browser, { width: 1280, height: 800 });
	await signIn(gate, server, 'checker');
	const part = gate.getByRole('textbox', { name: w['gate.part'] });
	assert.equal(await part.isVisible(), false, 'out of sight where nobody needs it');
	await gate.locator('summary', { hasText: w['gate.part'] }).click();
	await part.fill('hall?');
	await gate.getByText(/** @type {string} */ (w['gate.part_wrong'])).waitFor();
	await part.fill('hall 2');
	const sent = gate.waitForRequest((request) => request.url().endsWith('/api/v1/scans'));
	await gate.getByRole('textbox', { name: w['gate.code'] }).fill(await passText(other.page, 'en'));
	await gate.keyboard.press('Enter');
	assert.equal((await sent).postDataJSON().part, 'hall-2');
	await picture(gate, 'gate');
	console.log('ok  a gate page says in which hall it stands');

	const { items: points } = await (await officer.request.get('/api/v1/points')).json();
	const code = await passText(other.page, 'en');
	for (const _ of ['once', 'twice']) {
		const data = { code, direction: 'passing', point: points[0].point };
		const answer = await officer.request.post('/api/v1/scans', { data, headers: { 'idempotency-key': crypto.randomUUID() } });
		assert.equal((await answer.json()).verdict, 'valid');
	}
	await officer.goto('/console/doubted');
	const doubted = officer.getByRole('article').filter({ hasText: w['flag.double'] }).first();
	await doubted.waitFor();
	await picture(officer, 'doubted');
	const before = await officer.getByRole('article').count();
	await doubted.getByRole('textbox', { name: w['doubted.reason'] }).fill('came twice');
	await doubted.getByRole('button', { name: w['doubted.clear'] }).click();
	await officer.waitForFunction((many) => document.querySelectorAll('article').length < many, before);
	console.log('ok  a passage scanned twice is doubted, and an officer clears it');

	await officer.goto('/console/points');
	await picture(officer, 'points');
	await fitsSmallScreens(hers.page, ['/me/household']);
	await fitsSmallScreens(officer, ['/console/doubted', '/console/rides']);
	console.log('ok  these pages fit a screen of 320 px in both languages');
}

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
	await underOneRoof(browser);
} finally {
	await browser.close();
}
