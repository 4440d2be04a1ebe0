// A plug that can be pulled: everything that the pages ask goes through here, and nothing does while it is out.
import { connect, createServer } from 'node:net';

export class Plug {
	/** @type {Set<import('node:net').Socket>} */
	#sockets = new Set();
	/** @type {import('node:net').Server | null} */
	#server = null;

	/** @param {URL} to @param {number} port */
	constructor(to, port) {
		this.to = to;
		this.port = port;
	}

	get url() {
		return `http://127.0.0.1:${this.port}`;
	}

	/** @returns {Promise<void>} */
	putIn() {
		const { hostname, port } = this.to;
		this.#server = createServer((from) => {
			const on = connect(Number(port), hostname);
			for (const [one, other] of /** @type {const} */ ([[from, on], [on, from]])) {
				this.#sockets.add(one);
				one.on('error', () => other.destroy());
				one.on('close', () => {
					this.#sockets.delete(one);
					other.destroy();
				});
				one.pipe(other);
			}
		});
		return new Promise((done) => this.#server?.listen(this.port, '127.0.0.1', done));
	}

	/** @returns {Promise<void>} */
	pull() {
		const closed = new Promise((/** @type {(value?: undefined) => void} */ done) => this.#server?.close(() => done()));
		this.#sockets.forEach((socket) => socket.destroy());
		return closed;
	}
}
