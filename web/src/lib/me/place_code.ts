// The code of a place as a page sees it: which kind it is, which says what scanning it will prove. Whether it is right is for
// the server to say.

export type Proof = 'rotating' | 'poster';

/** The kind of a code, or of the address that carries one behind `#`; null for what is no code of a place. */
export function proofOf(text: string): Proof | null {
	const kind = /^([pr])(\.[\w-]+)+$/.exec(text.trim().split('#').pop() ?? '')?.[1];
	return kind === 'r' ? 'rotating' : kind === 'p' ? 'poster' : null;
}
