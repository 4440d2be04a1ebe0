import { afterEach, expect, test, vi } from 'vitest';
import './browser.ts';
import { DeclarationForm } from '#lib/me/declaration.svelte.ts';

function filled(): DeclarationForm {
	const form = new DeclarationForm();
	Object.assign(form, { document_number: '11010519491231002X', name: 'Wang Lihua', phone: '13900000000', district: '330106', contact: 'no', truth: true });
	return form;
}

afterEach(() => vi.unstubAllGlobals());

test('a region that was typed and not chosen is an error at its field, and nothing is sent', async () => {
	const asked = vi.fn();
	vi.stubGlobal('fetch', asked);
	for (const [search, field] of [['stay_search', 'stayed_in'], ['residence_search', 'residence_search']] as const) {
		const form = filled();
		form[search] = 'Wuhan';
		expect(await form.submit()).toBe(false);
		expect(Object.keys(form.errors)).toEqual([field]);
		expect(form.errors[field]?.en).toMatch(/from the list/);
		form[search] = '';
		form.recheck(field);
		expect(form.errors).toEqual({});
	}
	expect(asked).not.toHaveBeenCalled();
});

test('an error goes when its field is corrected, and only then', async () => {
	const form = filled();
	[form.name, form.phone, form.document_number] = ['', '', '11010519491231002'];
	expect(await form.submit()).toBe(false);
	expect(Object.keys(form.errors).sort()).toEqual(['document_number', 'name', 'phone']);
	form.name = 'W';
	form.recheck('name');
	form.recheck('phone');
	expect(Object.keys(form.errors).sort()).toEqual(['document_number', 'phone']);
	form.document_kind = 'passport';
	form.recheck('document_kind');
	expect(Object.keys(form.errors)).toEqual(['phone']);
});
