// Who is signed in on this device.

import { Problem, read, write } from '#lib/api.ts';
import { forgetWhoWasHere } from '#lib/kept.ts';
import type { Role, Session } from '#lib/types.ts';

let current = $state<Session | null>(null);

export function session(): Session | null {
	return current;
}

/** Asks the server who is signed in; null for nobody. */
export async function loadSession(): Promise<Session | null> {
	try {
		current = await read<Session>('/session');
	} catch (fault) {
		if (!(fault instanceof Problem)) throw fault;
		current = null;
	}
	return current;
}

/** Opens a resident's session for this device unless it has one. */
export async function openDevice(): Promise<void> {
	if ((current ?? (await loadSession()))?.role === 'resident') return;
	await write('/device-sessions', {});
	await loadSession();
}

export async function signIn(link: string): Promise<Role> {
	const { role } = await write<{ role: Role }>('/sessions', { link });
	await forgetWhoWasHere();
	await loadSession();
	return role;
}

export async function signOut(): Promise<void> {
	await write('/session', null, 'DELETE');
	await forgetWhoWasHere();
	current = null;
}

/** The first page of a role. */
export function homeOf(role: Role): '/me' | '/gate' | '/console' {
	return role === 'resident' ? '/me' : role === 'checker' ? '/gate' : '/console';
}
