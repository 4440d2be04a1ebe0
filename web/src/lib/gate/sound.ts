// A sound and a shake per verdict: two rising tones pass, two level tones ask, three low tones stop; the device shakes once,
// twice, three times.

import type { Action } from '#lib/gate/gate.svelte.ts';

const TONES: Record<Action, { hertz: number[]; shape: OscillatorType }> = {
	pass: { hertz: [660, 990], shape: 'sine' },
	ask: { hertz: [520, 520], shape: 'triangle' },
	stop: { hertz: [220, 196, 174], shape: 'sawtooth' }
};
/** Milliseconds of shaking and rest, in turn. */
const SHAKES: Record<Action, number[]> = { pass: [60], ask: [120, 80, 120], stop: [250, 100, 250, 100, 250] };
const TONE_S = 0.14;
const LOUDNESS = 0.2;

let context: AudioContext | null = null;

export function play(action: Action): void {
	if (typeof AudioContext === 'undefined') return;
	context ??= new AudioContext();
	// Browsers keep it silent until somebody has touched the page.
	context.resume().catch(() => {});
	const { hertz, shape } = TONES[action];
	hertz.forEach((frequency, position) => {
		const from = context!.currentTime + position * (TONE_S + 0.03);
		const tone = new OscillatorNode(context!, { frequency, type: shape });
		const loudness = new GainNode(context!, { gain: 0 });
		loudness.gain.setTargetAtTime(LOUDNESS, from, 0.01);
		loudness.gain.setTargetAtTime(0, from + TONE_S - 0.03, 0.01);
		tone.connect(loudness).connect(context!.destination);
		tone.start(from);
		tone.stop(from + TONE_S + 0.05);
	});
}

/** Where the device can. */
export function shake(action: Action): void {
	navigator.vibrate?.(SHAKES[action]);
}
