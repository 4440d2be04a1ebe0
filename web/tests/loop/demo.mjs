// What browser tests of a running demo have in common.
import assert from 'node:assert/strict';

const pictures = process.env.PICTURES;
/** @typedef {import('playwright-core').Page} Page */

/** Pictures of a page on a phone and a desk, in both languages, where PICTURES names a folder. @param {Page} page @param {string} name */
export async function picture(page, name) {
	if (!pictures) return;
	const before = page.viewportSize();
	for (const [kind, width] of /** @type {const} */ ([['phone', 390], ['desktop', 1280]])) {
		await page.setViewportSize({ width, height: 844 });
		for (const _ of ['this language', 'the other']) {
			await page.waitForTimeout(300);
			const lang = await page.evaluate(() => document.documentElement.lang);
			await page.screenshot({ path: `${pictures}/${name}-${kind}-${lang}.png`, fullPage: true });
			await page.getByRole('banner').getByRole('button').click();
		}
	}
	if (before) await page.setViewportSize(before);
}

/** Signs in with a link of the demo’s cast. @param {Page} page @param {string} server @param {string} role */
export async function signIn(page, server, role) {
	const { cast } = await (await fetch(`${server}/api/v1/demo`)).json();
	const link = cast.find((/** @type {{ role: string }} */ member) => member.role === role).link;
	await page.goto(`/sign-in#${link.split('#').pop()}`);
	await page.waitForURL(role === 'checker' ? '**/gate' : '**/console');
}

/** @param {Page} officer @param {string} path @param {unknown} data */
export async function post(officer, path, data) {
	const answer = await officer.request.post(`/api/v1${path}`, { data, headers: { 'idempotency-key': crypto.randomUUID() } });
	assert.equal(answer.status(), 201, await answer.text());
}
