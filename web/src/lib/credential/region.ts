// Codes of regions: six, nine or twelve digits (GB/T 2260 and its streets and villages), or a country's two capital
// letters (ISO 3166-1).

/** Whether a text has the form of a region's code. */
export function isRegion(text: string): boolean {
	return (/^(\d{6}|\d{9}|\d{12})$/.test(text) && !text.startsWith('00')) || /^[A-Z]{2}$/.test(text);
}
