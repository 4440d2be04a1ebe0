// What a bundle says: read strictly, checked whole before anything of it is used.

import { fromUtf8, type Bytes } from '../bytes.ts';
import { FieldFault, fieldsOf, listOf, oneOf, parseStrictly, regionOf, secondsOf, textOf, wholeOf } from '../fields.ts';
import { readKeys } from '../trust_file.ts';
import type { TrustedKey } from '../trust.ts';
import { readRoots, type Roots } from './roots.ts';

const ACTIONS = ['pass', 'ask', 'stop'] as const;
/** What a checker does. */
export type Action = (typeof ACTIONS)[number];
const COLOURS = ['green', 'yellow', 'red', 'pending'] as const;
export type BundleColour = (typeof COLOURS)[number];
const KINDS = ['community', 'enterprise', 'school', 'pharmacy', 'market', 'transport', 'office', 'hospital', 'other'] as const;
const [MOST_RECOGNISED, LONGEST_RULE_SET] = [1_000, 100];

type ActionsAt = Partial<Record<BundleColour, Action>>;

/** What a checker does, by colour, and by kind of collection point where it differs. */
export interface Actions extends ActionsAt {
	at: Map<string, ActionsAt>;
}

/** Passes of another region count here; times in seconds since 1970. */
interface Recognition {
	issuer: string;
	from: number;
	until: number | null;
}

/** What a bundle says; times in seconds since 1970. */
export interface Contents {
	/** Counted from 1; each next bundle has a higher one. */
	version: number;
	/** Whose gates it is for. */
	region: string;
	issuedAt: number;
	/** From when on a gate decides nothing by it. */
	endsAt: number;
	roots: Roots;
	keys: TrustedKey[];
	recognises: Recognition[];
	actions: Actions;
	/** The rule set in force, as `name@version`. */
	ruleSet: string;
}

const FIELDS = ['version', 'region', 'issued_at', 'ends_at', 'roots', 'keys', 'recognises', 'actions', 'rule_set'];

export async function readContents(bytes: Bytes): Promise<Contents> {
	const text = fromUtf8(bytes);
	if (text === null) throw new FieldFault('body: no text');
	const body = fieldsOf(parseStrictly(text, 'body'), FIELDS, 'body');
	const contents: Contents = {
		version: wholeOf(body.version, 1, Number.MAX_SAFE_INTEGER, 'version'),
		region: regionOf(body.region, 'region'),
		issuedAt: secondsOf(body.issued_at, 'issued_at'),
		endsAt: secondsOf(body.ends_at, 'ends_at'),
		roots: await readRoots(body.roots),
		keys: await readKeys(body.keys, null),
		recognises: listOf(body.recognises, MOST_RECOGNISED, 'recognises').map(readRecognition),
		actions: readActions(body.actions),
		ruleSet: textOf(body.rule_set, 'rule_set')
	};
	if (contents.endsAt <= contents.issuedAt) throw new FieldFault('ends_at: must be after issued_at');
	const length = [...contents.ruleSet].length;
	if (length < 1 || length > LONGEST_RULE_SET || /\p{Cc}/u.test(contents.ruleSet)) throw new FieldFault('rule_set: 1 to 100 characters');
	refuseRoots(contents.keys, contents.roots);
	return contents;
}

/** A root signs nothing but bundles. */
export function refuseRoots(keys: readonly TrustedKey[], roots: Roots): void {
	const at = keys.findIndex(({ kid }) => roots.keys.has(kid));
	if (at >= 0) throw new FieldFault(`keys[${at}]: this is one of the roots`);
}

function readRecognition(value: unknown, at: number): Recognition {
	const where = `recognises[${at}]`;
	const rule = fieldsOf(value, ['issuer', 'from', 'until?'], where);
	const from = secondsOf(rule.from, `${where}.from`);
	const until = rule.until === undefined || rule.until === null ? null : secondsOf(rule.until, `${where}.until`);
	if (until !== null && until <= from) throw new FieldFault(`${where}.until: must be after from`);
	return { issuer: regionOf(rule.issuer, `${where}.issuer`), from, until };
}

function readActionsAt(fields: Record<string, unknown>, where: string): ActionsAt {
	const said = COLOURS.filter((colour) => fields[colour] !== undefined && fields[colour] !== null);
	return Object.fromEntries(said.map((colour) => [colour, oneOf(fields[colour], ACTIONS, `${where}.${colour}`)]));
}

function readActions(value: unknown): Actions {
	const optional = COLOURS.map((colour) => `${colour}?`);
	const fields = fieldsOf(value, [...optional, 'at?'], 'actions');
	const kinds = fields.at === undefined ? {} : fieldsOf(fields.at, KINDS.map((kind) => `${kind}?`), 'actions.at');
	const at = Object.entries(kinds).map(([kind, value]): [string, ActionsAt] => {
		const where = `actions.at.${kind}`;
		return [kind, readActionsAt(fieldsOf(value, optional, where), where)];
	});
	return { ...readActionsAt(fields, 'actions'), at: new Map(at) };
}

const USUAL: Record<BundleColour, Action> = { green: 'pass', yellow: 'stop', red: 'stop', pending: 'ask' };

/** What to do about a colour at a kind of point: as said for the kind, else as said in general, else as is usual. */
export function actionOf(actions: Actions, colour: BundleColour, kind: string): Action {
	return actions.at.get(kind)?.[colour] ?? actions[colour] ?? USUAL[colour];
}
