// proxy.mjs: stands between hob-api and a server, and breaks what passes at a chosen place.
import net from 'node:net';
import { rmSync } from 'node:fs';

/** The end of a transaction in PostgreSQL's protocol (Sync). */
export const SYNC = Buffer.from([0x53, 0, 0, 0, 4]);

/**
 * A proxy that listens at `listen` (a path, or { host, port }) and connects to `target`.
 *   cutAfter(bytes, times)  the client that next has sent these bytes so often has all up to there
 *                    passed on; then nothing more of it is read, and it hears the end of its connection
 *   drop()                  closes every connection of clients, as a server does with idle ones
 *   close()                 and listens no more
 */
export async function proxy(listen, target) {
	const pairs = new Set();
	let cutting = { times: 0 };
	let accepted = 0;

	/** Where to cut the piece; -1: not in this one. */
	function cutAt(piece) {
		for (let at = 0; cutting.times > 0;) {
			at = piece.indexOf(cutting.bytes, at);
			if (at < 0)
				break;
			at += cutting.bytes.length;
			cutting.times -= 1;
			if (cutting.times === 0)
				return at;
		}
		return -1;
	}

	function fromClient(pair, piece) {
		const at = cutAt(piece);
		if (at < 0) {
			pair.server.write(piece);
			return;
		}
		pair.server.write(piece.subarray(0, at));
		pair.cut = true;
		pair.client.pause();
		pair.client.end();
	}

	const listener = net.createServer({ allowHalfOpen: true }, (client) => {
		const pair = { client, server: net.connect(target), cut: false };
		const close = () => {
			client.destroy();
			pair.server.destroy();
			pairs.delete(pair);
		};

		accepted += 1;
		pairs.add(pair);
		client.on('data', (piece) => fromClient(pair, piece));
		pair.server.on('data', (piece) => pair.cut || client.write(piece));
		client.on('end', close);
		for (const end of [client, pair.server])
			end.on('error', () => !pair.cut && close()).on('close', () => !pair.cut && close());
	});

	if (typeof listen === 'string')
		rmSync(listen, { force: true });
	await new Promise((resolve) => { listener.listen(listen, resolve); });
	return {
		port: listener.address().port,
		accepted: () => accepted,
		cutAfter: (bytes, times) => { cutting = { bytes, times }; },
		hasCut: () => [...pairs].some((pair) => pair.cut),
		drop: () => [...pairs].forEach((pair) => pair.client.end()),
		close: () => {
			pairs.forEach((pair) => { pair.client.destroy(); pair.server.destroy(); });
			listener.close();
		},
	};
}
