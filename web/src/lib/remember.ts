// Settings of this device that outlive a page. Only words of a fixed list are kept, so no personal datum can be.

/** What was remembered under a name; the first word of the list where nothing fitting was. */
export function remembered<W extends string>(name: string, words: readonly [W, ...W[]]): W {
	const found = localStorage.getItem(`healthcode.${name}`);
	return words.find((word) => word === found) ?? words[0];
}

export function remember(name: string, word: string): void {
	localStorage.setItem(`healthcode.${name}`, word);
}
