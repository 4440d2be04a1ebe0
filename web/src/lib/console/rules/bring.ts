// An edition as files and as a request: `rules.toml`, and a folder `cases` with one file for each case.

export interface RuleCase {
	/** The sentence that the case proves: its file's name. */
	name: string;
	text: string;
}

export interface Bundle {
	rules: string;
	cases: RuleCase[];
}

/** Which of the files chosen are which; or why they cannot be told. */
export type Picked = { rules: string | null; cases: string[] } | { fault: 'none' | 'several' };

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

/** The name of a case, from the path of its file. */
export const caseName = (path: string): string => lastOf(path).replace(/\.toml$/i, '');

/** Sorts the paths of files out. Files chosen one by one have no folder: then all but `rules.toml` are cases. */
export function sortOut(paths: readonly string[]): Picked {
	const texts = paths.filter((path) => /\.toml$/i.test(path)).sort();
	const [rules, ...more] = texts.filter((path) => lastOf(path) === 'rules.toml');
	if (more.length > 0) return { fault: 'several' };
	const folder = rules ? folderOf(rules) : '';
	const cases = texts.filter((path) => path !== rules && (!folder || folderOf(path) === `${folder}cases/`));
	return rules || cases.length > 0 ? { rules: rules ?? null, cases } : { fault: 'none' };
}

/** What was there with what was chosen: a whole edition replaces it, single files replace those of the same name. */
export function merged(before: Bundle, chosen: { rules: string | null; cases: RuleCase[] }): Bundle {
	const whole = chosen.rules !== null && chosen.cases.length > 0;
	const names = new Set(chosen.cases.map((one) => one.name));
	const kept = whole ? [] : before.cases.filter((one) => !names.has(one.name));
	return { rules: chosen.rules ?? before.rules, cases: [...kept, ...chosen.cases] };
}

/** The request: without cases that were left empty, and each case with a name. */
export function requestOf({ rules, cases }: Bundle): Bundle {
	const written = cases.filter((one) => one.text.trim() !== '');
	return { rules, cases: written.map(({ name, text }, at) => ({ name: name.trim() || `case_${at + 1}`, text })) };
}

/** The mistakes of an edition, one a line. */
export function mistakesOf(detail: string | undefined): string[] {
	return (detail ?? '').split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
}
