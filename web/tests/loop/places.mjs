// Somebody scans the code on the screen of a place, and hears what it proves.
import { words } from './pages.mjs';

/** @param {import('playwright-core').Page} gate @param {import('playwright-core').Page} hers */
export async function playPlace(gate, hers) {
	await gate.goto('/gate');
	await gate.getByRole('link', { name: words.en['place.open_screen'] }).click();
	await gate.getByRole('img', { name: words.en['place.qr_label'] }).waitFor();
	// What a camera reads there; the page drew it of this answer.
	const session = await (await gate.request.get('/api/v1/session')).json();
	const screen = await (await gate.request.get(`/api/v1/points/${session.point.point}/screen`)).json();
	const code = new URL(screen.codes[0].text);
	await hers.goto(`${code.pathname}${code.hash}`);
	await hers.getByRole('button', { name: words.en['here_go.in'] }).click();
	await hers.getByText(/** @type {string} */ (words.en['here_done.in'])).waitFor();
	await hers.getByText(/** @type {string} */ (words.en['here_proof.rotating'])).waitFor();
	await hers.goto('/me');
	await gate.goto('/gate');
}
