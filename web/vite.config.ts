import './node20.ts';
import facts from './package.json' with { type: 'json' };
import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const server = process.env.HEALTHCODE_URL ?? 'http://127.0.0.1:8080';

/** Names what the pages are made of, so that a browser that keeps a version whole never takes one for another. */
function versionName(): string {
	const sum = createHash('sha256');
	for (const folder of ['src', 'messages', 'static']) {
		const names = readdirSync(new URL(folder, import.meta.url), { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map((entry) => `${entry.parentPath}/${entry.name}`);
		for (const name of names.sort()) sum.update(readFileSync(name)).update('\0');
	}
	return `${facts.version}-${sum.update(readFileSync(new URL('package-lock.json', import.meta.url))).digest('hex').slice(0, 12)}`;
}

export default defineConfig({
	plugins: [
		sveltekit({
			adapter: adapter({ fallback: 'index.html' }),
			version: { name: versionName() },
			// The build is one static file for every page, so the policy travels in it as a meta element with the hash of
			// the one inline script that starts the pages.
			csp: {
				mode: 'hash',
				directives: {
					'default-src': ['self'],
					'script-src': ['self'],
					'style-src': ['self'],
					// The one style attribute of the pages: SvelteKit hides its announcer of routes from the eye with it.
					'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
					'worker-src': ['self'],
					'manifest-src': ['self'],
					'img-src': ['self', 'data:'],
					'media-src': ['self'],
					'connect-src': ['self'],
					'object-src': ['none'],
					'base-uri': ['none'],
					'form-action': ['self']
				}
			}
		})
	],
	server: { proxy: { '/api': server } },
	test: { include: ['tests/**/*.test.ts'] }
});
