// One code of a place's screen, and when it is shown.

export interface ScreenCode {
	from: string;
	until: string;
	text: string;
}

/** The code that is shown at a time; none where all have gone, or the clock is not known. */
export function shownAt(codes: readonly ScreenCode[], atMs: number | null): ScreenCode | null {
	if (atMs === null) return null;
	return codes.find((code) => Date.parse(code.from) <= atMs && atMs < Date.parse(code.until)) ?? null;
}
