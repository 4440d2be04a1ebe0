// The chain of transmission as a picture: time from left to right, generations of who may have infected whom below each
// other.

import type { Chain, ChainCase } from '#lib/cases/types.ts';

export interface Node {
	one: ChainCase;
	x: number;
	y: number;
}

export interface Drawing {
	nodes: Node[];
	arrows: { key: string; path: string }[];
	width: number;
	height: number;
}

const COLUMN = 132;
const ROW = 64;
const MARGIN = 24;

/** Each case in the column of its day, and in the first free row of it, near the row of whoever may have infected it. */
export function drawingOf(chain: Chain): Drawing {
	const dayOf = (one: ChainCase) => one.at.slice(0, 10);
	const days = [...new Set(chain.cases.map(dayOf))].sort();
	const taken = new Set<string>();
	const rowOf = new Map<string, number>();
	const source = new Map<string, string>();
	for (const link of chain.links) if (!source.has(link.to)) source.set(link.to, link.from);
	const nodes = chain.cases.map((one): Node => {
		const column = days.indexOf(dayOf(one));
		let row = rowOf.get(source.get(one.person) ?? '') ?? 0;
		while (taken.has(`${column} ${row}`)) row += 1;
		taken.add(`${column} ${row}`);
		rowOf.set(one.person, row);
		return { one, x: MARGIN + column * COLUMN, y: MARGIN + row * ROW };
	});
	const at = new Map(nodes.map((node) => [node.one.person, node]));
	const arrows = chain.links.flatMap(({ from, to }) => {
		const [a, b] = [at.get(from), at.get(to)];
		if (!a || !b) return [];
		const [x1, y1, x2, y2] = [a.x + 16, a.y, b.x - 16, b.y];
		const bend = Math.max(24, Math.abs(x2 - x1) / 2);
		return [{ key: `${from} ${to}`, path: `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}` }];
	});
	const most = (values: number[]) => Math.max(0, ...values);
	return { nodes, arrows, width: most(nodes.map((node) => node.x)) + COLUMN, height: most(nodes.map((node) => node.y)) + ROW };
}
