// raw.mjs: bytes over TLS, for requests that an HTTP client would refuse to make.
import net from 'node:net';
import tls from 'node:tls';

import { base, checkAnswer } from './client.mjs';

/** The reply in `bytes`; null when they are not all there yet, as its Content-Length tells. */
function parse(bytes) {
	const text = bytes.toString('latin1');
	const end = text.indexOf('\r\n\r\n');

	if (end < 0)
		return null;
	const [statusLine, ...lines] = text.slice(0, end).split('\r\n');
	const headers = {};

	for (const line of lines) {
		const colon = line.indexOf(':');
		const name = line.slice(0, colon).toLowerCase();
		const value = line.slice(colon + 1).trim();
		headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
	}
	const reply = { status: Number(statusLine.split(' ')[1]), headers };
	if (bytes.length < end + 4 + Number(headers['content-length'] ?? 0))
		return null;
	reply.text = bytes.subarray(end + 4).toString('utf8');
	if (/json/.test(headers['content-type'] ?? ''))
		reply.body = JSON.parse(reply.text);
	return reply;
}

/** Method and target of what was sent, as far as it has them. */
function requestLine(bytes) {
	const [method, target = ''] = String(bytes).split(' ', 2);

	return [method, target];
}

function connect(plain, ready) {
	const address = { host: base.hostname, port: Number(base.port || 443) };

	return plain ? net.connect(address, ready)
		: tls.connect({ ...address, ALPNProtocols: ['http/1.1'] }, ready);
}

/**
 * Sends `bytes` on a connection of its own and reads one reply. Resolves as client.mjs'
 * request; to null when the server closes without a word. Options: plain (no TLS), hangUp
 * (end our side once all is sent).
 */
export function exchange(bytes, { plain = false, hangUp = false } = {}) {
	return new Promise((resolve, reject) => {
		let received = Buffer.alloc(0);
		const socket = connect(plain, () => (hangUp ? socket.end(bytes) : socket.write(bytes)));
		const settle = (reply) => {
			socket.destroy();
			resolve(reply);
		};

		socket.setTimeout(20000, () => socket.destroy(new Error('no answer in 20 s')));
		socket.on('data', (chunk) => {
			received = Buffer.concat([received, chunk]);
			const reply = parse(received);
			if (reply !== null)
				settle(reply);
		});
		socket.on('end', () => {
			if (received.length > 0)
				reject(new Error(`cut short: ${received}`));
			settle(null);
		});
		socket.on('error', reject);
	}).then((reply) => {
		if (reply !== null)
			checkAnswer(...requestLine(bytes), reply);
		return reply;
	});
}

/** The head of a request with the headers every one needs, and an optional body. */
export function rawRequest(line, headers = [], body = '') {
	const payload = Buffer.from(body);
	const lines = [`${line} HTTP/1.1`, `Host: ${base.host}`, 'Connection: close', ...headers];

	if (payload.length > 0 && !headers.some((h) => /^(content-length|transfer-encoding):/i.test(h)))
		lines.push(`Content-Length: ${payload.length}`);
	return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), payload]);
}
