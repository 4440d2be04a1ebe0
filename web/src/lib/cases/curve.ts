// The epidemic curve as bars: their places in a picture of a given size.

import type { CurveDay } from '#lib/cases/types.ts';

export type Count = 'onset' | 'sample' | 'report';

export interface Bar {
	day: string;
	count: number;
	x: number;
	y: number;
	width: number;
	height: number;
}

/** Bars from left to right, the highest as high as the picture; a day without a case has none. */
export function barsOf(days: readonly CurveDay[], by: Count, width: number, height: number): { bars: Bar[]; most: number } {
	const most = Math.max(1, ...days.map((day) => day[by]));
	const step = width / Math.max(1, days.length);
	const bar = (day: CurveDay, at: number): Bar => {
		const tall = (day[by] / most) * height;
		return { day: day.day, count: day[by], x: at * step + step * 0.1, y: height - tall, width: step * 0.8, height: tall };
	};
	return { bars: days.map(bar), most };
}
