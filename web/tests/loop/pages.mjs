// What people do on the pages, by the words they read.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {'en' | 'zh'} Language */

/** @param {Language} language @returns {Record<string, string>} */
const read = (language) => JSON.parse(readFileSync(new URL(`../../messages/${language}.json`, import.meta.url), 'utf8'));
export const words = { en: read('en'), zh: read('zh') };

/** @param {string} text */
const starting = (text) => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`);

/** @param {Page} page @param {Language} language @param {ReturnType<import('./people.mjs').person>} who */
export async function declare(page, language, who) {
	const w = words[language];
	await page.goto('/me/declare');
	const field = (/** @type {string} */ key) => page.getByLabel(starting(/** @type {string} */ (w[key])));
	await page.getByRole('textbox', { name: w['declare.number'] }).fill(who.number);
	await field('declare.name').fill(who.name);
	await field('declare.phone').fill(who.phone);
	await page.getByRole('combobox', { name: w['declare.residence'] }).selectOption('330106');
	await page.getByRole('group', { name: w['declare.contact'] }).getByLabel(/** @type {string} */ (w['contact.no']), { exact: true }).check();
	await page.getByRole('checkbox', { name: w['declare.truth'] }).check();
	await page.getByRole('button', { name: w['declare.submit'] }).click();
	await page.waitForURL('**/me');
}

/** The code card of one's own page, once it shows a colour. @param {Page} page @param {Language} language @param {string} colour */
export async function seesColour(page, language, colour, withinMs = 10_000) {
	const card = page.getByRole('region', { name: words[language]['me.title'] });
	await card.getByText(/** @type {string} */ (words[language][`colour.${colour}`]), { exact: true }).waitFor({ timeout: withinMs });
}

/** What the phone shows now, as soon as it is another one than before. @param {Page} page @param {Language} language @param {string} before */
export async function passText(page, language, before = '') {
	const shown = page.getByLabel(/** @type {string} */ (words[language]['me.code_text']));
	await shown.filter({ hasNotText: before || 'nothing was shown before' }).waitFor({ state: 'attached' });
	const text = (await shown.textContent()) ?? '';
	assert.match(text, /^EPC1:/);
	return text;
}

/** Scans at the gate by typing; activates the code first where it is not. @param {Page} gate @param {string} code @param {'in' | 'out'} direction */
export async function scan(gate, code, direction) {
	const w = words.en;
	const verdict = gate.getByRole('region', { name: w['gate.verdict'] });
	await gate.getByRole('group', { name: w['gate.direction'] }).getByLabel(/** @type {string} */ (w[`direction.${direction}`]), { exact: true }).check();
	const type = async () => {
		await gate.getByRole('textbox', { name: w['gate.code'] }).fill(code);
		await gate.keyboard.press('Enter');
	};
	await type();
	const activate = verdict.getByRole('button', { name: w['gate.activate'] });
	const pass = verdict.getByText(/** @type {string} */ (w['action.pass']), { exact: true });
	await activate.or(pass).first().waitFor();
	if (await activate.isVisible()) {
		await activate.click();
		await verdict.getByText(/** @type {string} */ (w['gate.activated'])).waitFor();
		await type();
	}
	await pass.waitFor();
	await verdict.getByText(/\*.*\d{3}[\dX]/).waitFor();
}

/** Opens a person by document number. @param {Page} page @param {string} number */
export async function findPerson(page, number) {
	const w = words.en;
	await page.goto('/console/find');
	await page.getByRole('textbox', { name: w['find.text'] }).fill(number);
	await page.getByRole('combobox', { name: w['find.purpose'] }).selectOption('case');
	await page.getByRole('button', { name: w['find.submit'] }).click();
	await page.getByRole('link', { name: w['person.open'] }).click();
	await page.getByRole('form', { name: w['case_form.title'] }).waitFor();
}

/** Asks on an open person page whom a case status would concern. @param {Page} page @param {string} status @param {RegExp} people */
export async function previewCase(page, status, people) {
	const w = words.en;
	const form = page.getByRole('form', { name: w['case_form.title'] });
	await form.getByRole('radio', { name: w[`case.${status}`] }).check();
	await form.getByRole('button', { name: w['tracing.preview'] }).click();
	await form.getByText(people).waitFor();
}

/** Records a case status on an open person page; done when the server has taken it. @param {Page} page @param {string} status */
export async function recordCase(page, status) {
	const w = words.en;
	const form = page.getByRole('form', { name: w['case_form.title'] });
	await form.getByRole('radio', { name: w[`case.${status}`] }).check();
	const answered = page.waitForResponse((response) => response.url().endsWith('/api/v1/cases') && response.request().method() === 'POST');
	await form.getByRole('button', { name: w['case_form.submit'] }).click();
	assert.equal((await answered).status(), 201);
}

/** Resolves when the page has been laid out and drawn since. */
const drawnTwice = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

/** Nothing sticks out to the side at 320 CSS pixels, in either language. @param {Page} page @param {string[]} paths */
export async function fitsSmallScreens(page, paths) {
	const before = page.viewportSize();
	await page.setViewportSize({ width: 320, height: 640 });
	for (const path of paths) {
		await page.goto(path);
		await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });
		for (const _ of ['this language', 'the other']) {
			await page.evaluate(drawnTwice);
			const width = await page.evaluate(() => document.documentElement.scrollWidth);
			assert.ok(width <= 320, `${path} is ${width} px wide on a screen of 320 px (${await page.evaluate(() => document.documentElement.lang)})`);
			await page.getByRole('banner').getByRole('button').click();
		}
	}
	if (before) await page.setViewportSize(before);
}
