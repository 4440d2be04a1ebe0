// What appears after a press gets the focus, so that whoever cannot see it hears it, and goes on from there.

/** For `{@attach focus}` on an element with `tabindex="-1"`. */
export function focus(element: HTMLElement): void {
	element.focus();
}
