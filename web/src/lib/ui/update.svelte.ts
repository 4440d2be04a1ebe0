// A newer version of the pages: it is fetched whole beside the one in use, and taken when somebody says so, or when a page
// opens that is the only one.

/** Looked for again so often; a gate's page stays open for weeks. */
const LOOK_MS = 3_600_000;

export class Update {
	/** Whether a newer version is there and not in use. */
	ready = $state(false);
	private waiting: ServiceWorker | null = null;

	/** Begins to look; returns how to stop. */
	start(): () => void {
		const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
		if (!workers) return () => {};
		// Pages and files of two versions do not fit together, so a page whose worker changed is opened anew.
		const had = workers.controller !== null;
		const changed = () => had && location.reload();
		workers.addEventListener('controllerchange', changed);
		let registration: ServiceWorkerRegistration | undefined;
		void workers.ready.then((found) => {
			registration = found;
			found.waiting?.postMessage('take if alone');
			this.see(found.waiting);
			found.addEventListener('updatefound', () => {
				const coming = found.installing;
				coming?.addEventListener('statechange', () => coming.state === 'installed' && workers.controller && this.see(coming));
			});
		});
		const timer = setInterval(() => void registration?.update().catch(() => {}), LOOK_MS);
		return () => {
			workers.removeEventListener('controllerchange', changed);
			clearInterval(timer);
		};
	}

	private see(waiting: ServiceWorker | null): void {
		this.waiting = waiting;
		this.ready = waiting !== null;
	}

	/** Takes the newer version; the page opens anew. */
	take(): void {
		this.waiting?.postMessage('take');
	}
}
