// Contact definitions as the server says them.

import type { Preview } from '#lib/cases/tracing.ts';

export interface Definition {
	id: string;
	name: string;
	text: string;
	made_by: string;
	made_at: string;
	preview: Preview | null;
	previewed_at: string | null;
	approved_by: string | null;
	approved_at: string | null;
}

export interface Definitions {
	in_force: string;
	presets: { name: string; source: string; off: string | null }[];
	definitions: Definition[];
}
