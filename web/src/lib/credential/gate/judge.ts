// What a gate decides when it stands alone. The order of checks is fixed; none but the last can let anybody pass:
//
// 1. the gate's clock is not before signed time it has seen, and did not go back: else `clock`, ask
// 2. the code, by the steps of `verify`: else its reason; forged stops, else ask
// 3. a phone's pass is presented by a phone: else `presentation_missing`, ask
// 4. its issuer is this region or one that the bundle recognises: else `not_recognised`, ask
// 5. the bundle has not ended; keys and rules are not older than a day: else `bundle_ended`, `keys_old`, ask
// 6. it is not on paper, of which only a server knows more: else `paper_offline`, ask
// 7. the colours are not older than a day: else `colours_old`, ask
// 8. the index is in a table of its issuer: else `no_table`, ask
// 9. its colour, and what the bundle says of it at this kind of point: pass, ask or stop
//
// A forged code stops also on a gate whose clock is wrong. An undecided index asks at least, whatever the bundle says of
// `pending`: it may be one that was withdrawn.

import type { Paper } from '../bearer.ts';
import { actionOf, type Action, type Actions } from '../bundle/body.ts';
import { type Reason, type Refused } from '../outcome.ts';
import type { Status } from '../status/table.ts';
import { verify, type Verdict, type VerifiedClaims } from '../verify.ts';
import type { GateState } from './state.ts';

/** Keys, rules and colours that were not confirmed for longer are too old to let anybody pass: a day. */
export const LONGEST_AGE_S = 86_400;

/** Why a gate cannot decide about a code that is not refused. */
export type GateReason =
	| 'clock'
	| 'presentation_missing'
	| 'not_recognised'
	| 'bundle_ended'
	| 'keys_old'
	| 'paper_offline'
	| 'colours_old'
	| 'no_table';

/** How long ago each was confirmed, in whole seconds, never below 0; null: the gate has no colours. */
export interface Ages {
	keys: number;
	rules: number;
	colours: number | null;
}

/** A judgement. `pass` only where every step was taken and the bundle lets the colour pass here. */
export interface Judgement {
	verdict: 'valid' | 'cannot_decide' | Refused;
	reason: Reason | GateReason | null;
	/** The colour, where the gate knows it. */
	colour: Status | null;
	action: Action;
	ages: Ages;
	/** What the guard compares with the document: paper says it; of a phone only the server could. */
	paper: Paper | null;
	/** What the code says, where it counts. */
	claims: VerifiedClaims | null;
}

/** Judges the text of a code at a kind of collection point, when nobody can be asked. `at` is the gate's own clock. */
export async function judge(code: string, gate: GateState, kind: string, at: number): Promise<Judgement> {
	const ages = agesOf(gate, at);
	const verdict = await verify(code, gate.trust, at);
	const found = finding(verdict, gate, ages, at);
	const claims = verdict.outcome === 'valid' && found.reason !== 'clock' ? verdict.claims : null;
	const paper = claims?.bearer.kind === 'paper' ? claims.bearer.paper : null;
	return { ...found, action: actionFor(found, gate.bundle.contents.actions, kind), ages, claims, paper };
}

type Finding = Pick<Judgement, 'verdict' | 'reason' | 'colour'>;

function finding(verdict: Verdict, gate: GateState, ages: Ages, at: number): Finding {
	const cannot = (reason: GateReason): Finding => ({ verdict: 'cannot_decide', reason, colour: null });
	if (gate.clockIsWrong(at) && verdict.outcome !== 'bad_signature') return cannot('clock');
	if (verdict.outcome !== 'valid') return { verdict: verdict.outcome, reason: verdict.reason, colour: null };
	const colour = colourOf(verdict.claims, gate, ages, at);
	return colour.known ? { verdict: 'valid', reason: null, colour: colour.known } : cannot(colour.unknown);
}

/** Steps 3 to 8: what the table says of a code that counts. */
function colourOf(claims: VerifiedClaims, gate: GateState, ages: Ages, at: number): { known: Status } | { known: null; unknown: GateReason } {
	const cannot = (unknown: GateReason) => ({ known: null, unknown });
	const { bearer } = claims;
	if (bearer.kind === 'phone' && claims.presentedAt === null) return cannot('presentation_missing');
	if (!gate.bundle.recognises(claims.issuer, at)) return cannot('not_recognised');
	if (gate.bundle.hasEnded(at)) return cannot('bundle_ended');
	if (ages.keys > LONGEST_AGE_S || ages.rules > LONGEST_AGE_S) return cannot('keys_old');
	if (bearer.kind === 'paper') return cannot('paper_offline');
	if (!gate.colours || ages.colours === null || ages.colours > LONGEST_AGE_S) return cannot('colours_old');
	const known = gate.colours.region === claims.issuer ? gate.colours.status(bearer.status) : null;
	return known ? { known } : cannot('no_table');
}

/** Step 9, and what is done where no colour was found. */
function actionFor({ verdict, colour }: Finding, actions: Actions, kind: string): Action {
	if (colour === 'undecided') return actionOf(actions, 'pending', kind) === 'stop' ? 'stop' : 'ask';
	if (colour) return actionOf(actions, colour, kind);
	return verdict === 'bad_signature' ? 'stop' : 'ask';
}

/** How old keys, rules and colours are at an instant. */
export function agesOf(gate: GateState, at: number): Ages {
	const age = (since: number) => Math.max(0, Math.floor(at) - Math.floor(since));
	return { keys: age(gate.keysAt), rules: age(gate.rulesAt), colours: gate.colours && age(gate.colours.madeAt) };
}
