// Follows a region's status files, one after another, and refuses what goes back, leaves out, repeats or belongs elsewhere.

import type { StatusReference } from '../bearer.ts';
import { apply, type News } from './news.ts';
import type { SignedNews } from './seal.ts';
import { StatusTables, type Status } from './table.ts';

/** A file is not taken; the tables stay as they are. */
export class FollowFault extends Error {
	constructor(readonly code: 'status_region' | 'status_past' | 'status_gap' | 'status_fork' | 'status_time' | 'status_no_snapshot') {
		super(code);
	}
}

/** The tables of a region as the files taken so far leave them. */
export class Follower {
	private tables = new StatusTables();
	/** Keys that some file called withdrawn: what was once withdrawn stays so, whatever a later file leaves out. */
	readonly withdrawn = new Set<string>();

	private constructor(
		readonly region: string,
		/** The number of the delta after which the tables stand. */
		public number: number,
		/** The link that the next delta must name. */
		public link: string,
		/** When the file taken last was made, in seconds since 1970: the colours are as of then. */
		public madeAt: number,
		/** The newest version of the trust bundle that any file named. */
		public bundle: number
	) {}

	/** Begins with a snapshot of `region`. */
	static begin(region: string, { news }: SignedNews): Follower {
		if (news.region !== region) throw new FollowFault('status_region');
		if (news.kind !== 'snapshot') throw new FollowFault('status_no_snapshot');
		const follower = new Follower(region, news.number, news.previous, news.madeAt, news.bundle);
		follower.keep(news);
		return follower;
	}

	/** Takes the next file: the delta that follows, an urgent one that stands on what was taken, or a snapshot that is newer. */
	take({ news, link }: SignedNews): void {
		if (news.region !== this.region) throw new FollowFault('status_region');
		const snapshot = news.kind === 'snapshot';
		if (snapshot && news.number <= this.number) throw new FollowFault('status_past');
		const next = snapshot ? news.number : news.kind === 'delta' ? this.number + 1 : this.number;
		if (news.number < next) throw new FollowFault('status_past');
		if (news.number > next) throw new FollowFault('status_gap');
		if (!snapshot && news.previous !== this.link) throw new FollowFault('status_fork');
		if (news.madeAt < this.madeAt) throw new FollowFault('status_time');
		if (snapshot) this.tables = new StatusTables();
		if (news.kind !== 'urgent') this.link = snapshot ? news.previous : link;
		[this.number, this.madeAt] = [news.number, news.madeAt];
		this.bundle = Math.max(this.bundle, news.bundle);
		this.keep(news);
	}

	private keep(news: News): void {
		apply(news, this.tables);
		news.withdrawn.forEach((kid) => this.withdrawn.add(kid));
	}

	/** What the tables say of a pass. */
	status(reference: StatusReference): Status | null {
		return this.tables.get(reference);
	}

	/** Drops the tables of days before `day`, whose passes have all ended. */
	forgetBefore(day: number): void {
		this.tables.forgetBefore(day);
	}

	/** The days that have a table, ascending. */
	get days(): number[] {
		return this.tables.kept;
	}
}
