// The language of the pages, and every sentence in it.

import en from '#messages/en.json';
import zh from '#messages/zh.json';
import { dayNumber, nowMs, zoneName } from '#lib/clock.ts';

export type Language = 'en' | 'zh';
export type MessageKey = keyof typeof en;
export interface Text {
	en: string;
	zh: string;
}

const MESSAGES: Record<Language, Record<MessageKey, string>> = { en, zh };
const REMEMBERED = 'healthcode.language';

function first(): Language {
	const remembered = localStorage.getItem(REMEMBERED);
	if (remembered === 'en' || remembered === 'zh') return remembered;
	return navigator.languages.find((tag) => /^(en|zh)/i.test(tag))?.toLowerCase().startsWith('en') ? 'en' : 'zh';
}

let chosen = $state<Language>(first());

export function language(): Language {
	return chosen;
}

export function choose(to: Language): void {
	chosen = to;
	localStorage.setItem(REMEMBERED, to);
}

/** The language as `lang` attributes name it. */
export function tag(): string {
	return chosen === 'zh' ? 'zh-CN' : 'en-GB';
}

/** A sentence of the pages; `{name}` is replaced by what `values` holds for it. */
export function t(key: MessageKey, values: Record<string, string | number> = {}): string {
	return MESSAGES[chosen][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A sentence whose key is made from a word of the server; the word itself where the pages do not know it. */
export function word(group: string, name: string): string {
	const key = `${group}.${name}`;
	return key in MESSAGES[chosen] ? MESSAGES[chosen][key as MessageKey] : name;
}

/** A sentence of the pages in both languages, for what is shown later, when the language may be another. */
export function both(key: MessageKey): Text {
	return { en: en[key], zh: zh[key] };
}

/** What the server says in both languages. */
export function say(text: Text | null | undefined): string {
	return text ? text[chosen] : '';
}

function format(at: string | number, options: Intl.DateTimeFormatOptions): string {
	const ms = typeof at === 'number' ? at : Date.parse(at);
	return Number.isNaN(ms) ? '' : new Intl.DateTimeFormat(tag(), { timeZone: zoneName(), ...options }).format(ms);
}

/** Day and minute, such as "11 Feb 2020, 09:00". */
export const dayTime = (at: string | number): string => format(at, { dateStyle: 'medium', timeStyle: 'short' });

/** The day, such as "Tue, 11 Feb". */
export const day = (at: string | number): string => format(at, { weekday: 'short', day: 'numeric', month: 'short' });

/** The day with its year, such as "11 Feb 2020", for what may be far off. */
export const dayOfYear = (at: string | number): string => format(at, { dateStyle: 'medium' });

/** The running time in seconds. */
export const seconds = (at: number): string => format(at, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

/** How far off a time is, such as "in 3 days" or "2 minutes ago". From a day on, calendar days are counted. */
export function fromNow(at: string): string {
	const now = nowMs();
	if (now === null) return '';
	const then = Date.parse(at);
	if (Number.isNaN(then)) return '';
	const relative = new Intl.RelativeTimeFormat(tag(), { numeric: 'auto' });
	const minutes = Math.trunc((then - now) / 60_000);
	if (Math.abs(minutes) < 60) return relative.format(minutes, 'minute');
	const hours = Math.trunc(minutes / 60);
	return Math.abs(hours) < 24 ? relative.format(hours, 'hour') : relative.format(dayNumber(then) - dayNumber(now), 'day');
}
