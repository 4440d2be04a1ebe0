// A screen that stands at a door must not go dark.

/** Keeps the screen on while the page is seen; returns how to stop. Browsers that cannot do it are left alone. */
export function keepAwake(): () => void {
	let lock: WakeLockSentinel | null = null;
	const take = () => {
		if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
		navigator.wakeLock.request('screen').then(
			(taken) => (lock = taken),
			() => {}
		);
	};
	take();
	document.addEventListener('visibilitychange', take);
	return () => {
		document.removeEventListener('visibilitychange', take);
		void lock?.release();
	};
}
