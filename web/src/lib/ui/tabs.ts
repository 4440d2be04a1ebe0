// The tabs of each role.

import { t } from '#lib/language.svelte.ts';
import type { Role } from '#lib/types.ts';

export interface Tab {
	href: string;
	text: string;
}

export const residentTabs = (): Tab[] => [
	{ href: '/me', text: t('me.nav_code') },
	{ href: '/me/here', text: t('me.nav_here') },
	{ href: '/me/why', text: t('me.nav_why') },
	{ href: '/me/quarantine', text: t('me.nav_quarantine') },
	{ href: '/me/household', text: t('me.nav_household') },
	{ href: '/me/looks', text: t('me.nav_looks') },
	{ href: '/me/declare', text: t('me.nav_declare') }
];

export const officerTabs = (): Tab[] => [
	{ href: '/console', text: t('console.audits') },
	{ href: '/console/find', text: t('console.find') },
	{ href: '/console/cases', text: t('console.cases') },
	{ href: '/console/outbreak', text: t('console.outbreak') },
	{ href: '/console/quarantine', text: t('console.quarantine') },
	{ href: '/console/officers', text: t('console.officers') },
	{ href: '/console/looks', text: t('console.looks') },
	{ href: '/console/identity', text: t('console.identity') },
	{ href: '/console/doubted', text: t('doubted.title') },
	{ href: '/console/rides', text: t('rides.title') },
	{ href: '/console/points', text: t('console.points') },
	{ href: '/console/rules', text: t('console.rules') },
	{ href: '/gate', text: t('gate.title') }
];

const checkerTabs = (): Tab[] => [{ href: '/gate', text: t('gate.title') }];

/** Who is not signed in is offered what residents are: declaring is among it. */
export function tabsOf(role: Role | undefined): Tab[] {
	return role === 'officer' ? officerTabs() : role === 'checker' ? checkerTabs() : residentTabs();
}
