// Regions by code and by search, each asked for once.

import { SvelteMap } from 'svelte/reactivity';
import { read } from '#lib/api.ts';
import { say } from '#lib/language.svelte.ts';
import type { Region } from '#lib/types.ts';

const known = new SvelteMap<string, Region>();
const asked = new Set<string>();

async function ask(query: string): Promise<Region[]> {
	const { items } = await read<{ items: Region[] }>(`/regions?${query}`);
	items.forEach((region) => known.set(region.code, region));
	return items;
}

export function regionsIn(parent: string): Promise<Region[]> {
	return ask(`parent=${encodeURIComponent(parent)}`);
}

export function searchRegions(text: string): Promise<Region[]> {
	return ask(`search=${encodeURIComponent(text)}`);
}

/** The name of a region; its code until the name is known, or where there is none. */
export function regionName(code: string): string {
	const region = known.get(code);
	if (region) return say(region.name);
	if (!asked.has(code)) {
		asked.add(code);
		searchRegions(code).catch(() => asked.delete(code));
	}
	return code;
}
