// A gate that can judge alone: it takes along what it needs while there is a network, and needs none afterwards.

import { Problem, read, Unreachable } from '#lib/api.ts';
import { nowMs, whenClockJumps } from '#lib/clock.ts';
import { BundleFault } from '#lib/credential/bundle.ts';
import { fromBase64url } from '#lib/credential/bytes.ts';
import { agesOf, judge, type Ages, type Judgement } from '#lib/credential/gate/judge.ts';
import { SealFault } from '#lib/credential/status/seal.ts';
import { keptGate, readGate, takeAnswer, type EnrolledGate, type GatePoint } from '#lib/gate/enrolment.ts';
import { catchUp, takeFile, takeKept, type Following } from '#lib/gate/following.ts';
import { Waiting } from '#lib/gate/waiting.svelte.ts';
import { kept, type Kept } from '#lib/kept.ts';

/** Status files are asked for once a minute, spread over the quarter of a minute after it. */
const [FOLLOW_MS, SPREAD_MS] = [60_000, 15_000];
/** A server that did not answer is tried again so soon, spread over as long again. */
const LOST_MS = 5_000;
/** What a gate takes along is asked for again so often; day keys reach two days ahead. */
const ENROL_MS = 3_600_000;
/** A connected gate hears of a delta when it is made; all gates together spread their requests over this. */
const HEARD_SPREAD_MS = 3_000;

const share = () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;

export class Alone {
	/** Where this gate stands, as far as it was told. */
	point = $state.raw<GatePoint | null>(null);
	/** How old keys, rules and colours are; null where this gate cannot judge alone. */
	ages = $state.raw<Ages | null>(null);
	/** Whether the server answered lately. */
	reachable = $state(true);
	/** Whether the server's trust bundle was refused: it is older than the one here, or signed by others. */
	refused = $state(false);
	/** Whether the server says that no checker is signed in here any more. */
	signedOut = $state(false);
	/** Whether this browser can keep keys; null as long as that is not known. */
	able = $state<boolean | null>(null);
	readonly waiting: Waiting;
	private here: Kept | null = null;
	private gate: EnrolledGate | null = null;
	private files = 0;
	private enrolledMs = -Infinity;
	private timer: ReturnType<typeof setTimeout> | undefined;
	private ageing: ReturnType<typeof setInterval> | undefined;
	private events: EventSource | null = null;
	private stopped = false;
	/** Acts on files one after another. */
	private last: Promise<unknown> = Promise.resolve();

	constructor(private readonly keep: () => Promise<Kept | null> = kept) {
		this.waiting = new Waiting(keep);
	}

	/** Opens what was kept, then follows the server; returns how to stop. */
	start(): () => void {
		const again = () => void this.tick();
		window.addEventListener('online', again);
		const deaf = whenClockJumps(() => this.age());
		this.ageing = setInterval(() => this.age(), 1_000);
		void this.open().then(again);
		return () => {
			this.stopped = true;
			window.removeEventListener('online', again);
			deaf();
			clearInterval(this.ageing);
			clearTimeout(this.timer);
			this.events?.close();
		};
	}

	/** Whether it has all that it needs to judge alone. */
	get ready(): boolean {
		return this.ages !== null && this.ages.colours !== null;
	}

	/** Judges a code; null where this gate has nothing to judge with. */
	async judge(code: string): Promise<Judgement | null> {
		const now = nowMs();
		return this.gate && now !== null ? judge(code, this.gate.state, this.gate.kept.point.kind, now / 1000) : null;
	}

	async open(): Promise<void> {
		this.here ??= await this.keep();
		this.able = this.here !== null;
		if (!this.here || this.gate) return;
		await this.waiting.recount();
		this.gate = await keptGate(this.here);
		if (this.gate) this.files = await takeKept({ here: this.here, state: this.gate.state, keys: this.gate.kept.dayKeys });
		this.show();
	}

	/** Once a minute: what to take along, if it is time; the newest files; the scans that wait. */
	private async tick(): Promise<void> {
		clearTimeout(this.timer);
		await this.inTurn(() => this.follow());
		this.wait();
	}

	private wait(): void {
		clearTimeout(this.timer);
		const ms = this.reachable ? FOLLOW_MS + share() * SPREAD_MS : LOST_MS * (1 + share());
		if (!this.stopped) this.timer = setTimeout(() => void this.tick(), ms);
	}

	/** The server did not answer: it is not waited for any more, until it is heard again. */
	lost(): void {
		this.reachable = false;
		this.wait();
	}

	private inTurn(act: () => Promise<void>): Promise<void> {
		const turn = this.last.then(act, act);
		this.last = turn.catch(() => {});
		return turn.catch(() => {});
	}

	private async follow(): Promise<void> {
		if (!this.here || this.stopped) return;
		try {
			const now = nowMs();
			if (!this.gate || now === null || now - this.enrolledMs > ENROL_MS || this.rulesAreOld()) await this.enrol();
			await this.catchUp();
			if (!this.reachable) this.listen();
			this.reachable = true;
		} catch (fault) {
			await this.bear(fault);
		}
		this.show();
		if (!this.reachable || !this.point) return;
		await this.waiting.deliver(this.point.id).catch((fault: unknown) => this.bear(fault));
		this.show();
	}

	private async bear(fault: unknown): Promise<void> {
		if (fault instanceof Unreachable) this.reachable = false;
		else if (fault instanceof BundleFault) this.refused = true;
		else if (fault instanceof SealFault && fault.code === 'status_day_key') this.enrolledMs = -Infinity;
		else if (fault instanceof Problem && [401, 403].includes(fault.document.status)) await this.forget();
	}

	/** A status file named a newer bundle than this gate has. */
	private rulesAreOld(): boolean {
		const state = this.gate?.state;
		return (state?.colours?.bundle ?? 0) > (state?.bundle.contents.version ?? 0);
	}

	private async enrol(): Promise<void> {
		const answer = await readGate();
		const before = this.gate;
		this.gate = await takeAnswer(this.here!, answer, before);
		[this.refused, this.signedOut] = [false, false];
		if (this.gate?.state !== before?.state) this.files = 0;
		this.enrolledMs = nowMs() ?? -Infinity;
		this.listen();
	}

	private async catchUp(): Promise<void> {
		const following = this.following();
		if (!following) return;
		const newest = await read<{ number: number; snapshot: number }>('/latest', following.url);
		this.files = await catchUp(following, newest, this.files);
	}

	private following(): Following | null {
		if (!this.here || !this.gate) return null;
		const { state, kept } = this.gate;
		return { here: this.here, state, keys: kept.dayKeys, url: kept.statusUrl };
	}

	private listen(): void {
		if (this.events && this.events.readyState !== EventSource.CLOSED) return;
		this.events = new EventSource('/api/v1/gate/events');
		this.events.addEventListener('status', () => setTimeout(() => void this.tick(), share() * HEARD_SPREAD_MS));
		this.events.addEventListener('urgent', (event) => {
			const file = fromBase64url((event as MessageEvent<string>).data);
			const following = this.following();
			if (!file || !following) return;
			void this.inTurn(async () => {
				await takeFile(following, file);
				this.files += 1;
				this.show();
			});
		});
	}

	private async forget(): Promise<void> {
		this.events?.close();
		this.signedOut = true;
		[this.gate, this.files] = [null, 0];
		await Promise.all([this.here?.clear('gate'), this.here?.clear('status')]);
	}

	private show(): void {
		this.point = this.gate?.kept.point ?? null;
		this.age();
	}

	private age(): void {
		const now = nowMs();
		this.ages = this.gate && now !== null ? agesOf(this.gate.state, now / 1000) : null;
	}
}
