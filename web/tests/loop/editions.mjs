// A new edition of the rules, from its files to the colour on a phone: brought in, compared on everyone, approved by a
// second officer, in force by itself.
import { readFileSync } from 'node:fs';
import { words } from './pages.mjs';

/** @typedef {import('playwright-core').Page} Page */

const w = words.en;
const IN_FORCE = readFileSync(new URL('../../../rules/hangzhou-2020-02/rules.toml', import.meta.url), 'utf8');

/** Contact with a case becomes yellow for three days. */
const MILDER = IN_FORCE.replace('version = 1', 'version = 2\ntransition = "move"')
	.replace('[reasons.Y1]', '[reasons.Y9]\ncolour = "yellow"\nen = "You were with a case."\nzh = "您曾与病例接触。"\n\n[reasons.Y1]')
	.replace('reason = "R2"\nwhen', 'reason = "Y9"\nwhen')
	.replace('release = [[{ daily_reports = 14 }]]', 'release = [[{ daily_reports = 3 }]]');

const CASE = `
[[evidence]]
id = "contact"
kind = "exposure"
source = "trace"
happened_at = "2020-02-13T09:00:00+08:00"
data = { level = "close", basis = "place", grade = "witnessed", first_at = "2020-02-12T10:10:00+08:00", last_at = "2020-02-12T10:40:00+08:00", minutes = 30 }

[[expect]]
at = "2020-02-14T08:00:00+08:00"
colour = "COLOUR"
reasons = ["Y9"]
`;

/** @param {Page} page @param {string} rules @param {string} colour */
async function bring(page, rules, colour) {
	const file = (/** @type {string} */ name, /** @type {string} */ text) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
	const files = [file('rules.toml', rules), file('a_contact_is_yellow.toml', CASE.replace('COLOUR', colour))];
	await page.locator('input[type=file]:not([webkitdirectory])').setInputFiles(files);
	await page.getByRole('button', { name: w['bring.submit'] }).click();
}

/** A time of the centre, as the field for a date takes it. @param {Page} page @param {number} hours */
async function inHours(page, hours) {
	const clock = await (await page.request.get('/api/v1/clock')).json();
	const zone = { timeZone: clock.zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' };
	const at = new Date(Date.parse(clock.now) + hours * 3_600_000);
	return new Intl.DateTimeFormat('sv-SE', /** @type {Intl.DateTimeFormatOptions} */ (zone)).format(at).replace(' ', 'T');
}

/** The link for another officer. @param {Page} officer */
async function invite(officer) {
	const headers = { 'idempotency-key': crypto.randomUUID() };
	const answer = await officer.request.post('/api/v1/sign-in-links', { headers, data: { role: 'officer' } });
	return /** @type {string} */ ((await answer.json()).link);
}

/** Takes an edition from its files to its start; `second` is a page on which nobody has signed in. @param {Page} officer @param {Page} second @param {(seconds: number) => Promise<void>} forward */
export async function playEdition(officer, second, forward) {
	await officer.goto('/console/rules');
	await officer.getByText(/** @type {string} */ (w['bring.title'])).click();
	await bring(officer, MILDER, 'red');
	await officer.getByText(/expected colour red, but the rules say colour yellow/).waitFor();
	await bring(officer, MILDER, 'yellow');
	await officer.getByText(/Brought in as a draft: hangzhou-2020-02, version 2/).waitFor();
	console.log('ok  an edition whose case is wrong is refused by line; corrected, it is a draft');

	await officer.getByRole('button', { name: w['compare.start'], exact: true }).click();
	await officer.getByRole('heading', { name: w['compare.title'] }).waitFor();
	await officer.getByText(/^1 of [\d,]+ people would change colour\.$/).waitFor();
	const moves = officer.getByRole('table', { name: w['compare.moves'] });
	await moves.getByRole('row', { name: /Red.*Yellow.*1/ }).waitFor();
	await officer.getByRole('table', { name: w['compare.kinds'] }).getByRole('row').nth(1).waitFor();
	await officer.getByText(/** @type {string} */ (w['drafts.approve_own'])).waitFor();

	await second.goto(`/sign-in#${(await invite(officer)).split('#').pop()}`);
	await second.waitForURL('**/console');
	await second.goto('/console/rules');
	await second.getByRole('button', { name: w['approve.open'], exact: true }).click();
	await second.getByLabel(/** @type {string} */ (w['approve.from'])).fill(await inHours(second, 2));
	await second.getByLabel(/** @type {string} */ (w['approve.until'])).fill(await inHours(second, 24 * 60));
	await second.getByRole('button', { name: w['approve.submit'] }).click();
	await second.getByText(/^Approved: .* It holds from/).waitFor();
	console.log('ok  compared on everyone, it is approved by a second officer');
	await forward(3 * 3_600);
	await second.getByRole('region', { name: w['rules.in_force'] }).getByText('hangzhou-2020-02, version 2').waitFor();
}
