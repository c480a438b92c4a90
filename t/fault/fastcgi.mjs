// fastcgi.mjs: a peer as nginx is one, straight to the socket of hob-api: for connections that
// nginx would not hold idle, and for a hob-api that has no nginx before it.
import net from 'node:net';

const BEGIN = 1;
const END = 3;
const PARAMS = 4;
const STDIN = 5;
const STDOUT = 6;
const RESPONDER = 1;
const KEEP_CONNECTION = 1;

function record(type, content = Buffer.alloc(0)) {
	const head = Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, 0, 0]);

	return Buffer.concat([head, content]);
}

/** Names and values shorter than 128 bytes, which is what we send. */
function pair([name, value]) {
	return Buffer.from([name.length, value.length, ...Buffer.from(name + value)]);
}

function requestBytes({ method = 'GET', path, token, requestId, body, address = '127.0.0.1' }) {
	const payload = Buffer.from(body === undefined ? '' : JSON.stringify(body));
	const params = { REQUEST_METHOD: method, REQUEST_URI: path, REMOTE_ADDR: address };

	if (token !== undefined)
		params.HTTP_AUTHORIZATION = `Token ${token}`;
	if (requestId !== undefined)
		params.HTTP_X_REQUEST_ID = requestId;
	if (body !== undefined) {
		params.CONTENT_TYPE = 'application/json';
		params.CONTENT_LENGTH = String(payload.length);
	}
	return Buffer.concat([
		record(BEGIN, Buffer.from([0, RESPONDER, KEEP_CONNECTION, 0, 0, 0, 0, 0])),
		record(PARAMS, Buffer.concat(Object.entries(params).map(pair))),
		record(PARAMS),
		...(payload.length > 0 ? [record(STDIN, payload)] : []),
		record(STDIN),
	]);
}

/** The text of STDOUT once the END record is there; null before. */
function reply(bytes) {
	let text = '';

	for (let at = 0; at + 8 <= bytes.length;) {
		const length = bytes.readUInt16BE(at + 4);
		const next = at + 8 + length + bytes[at + 6];

		if (next > bytes.length)
			return null;
		if (bytes[at + 1] === STDOUT)
			text += bytes.subarray(at + 8, at + 8 + length).toString('utf8');
		if (bytes[at + 1] === END)
			return text;
		at = next;
	}
	return null;
}

/** An open connection to the unix socket at `path`. */
export function connect(path) {
	return new Promise((resolve, reject) => {
		const socket = net.connect(path, () => {
			socket.off('error', reject);
			resolve(socket);
		});

		socket.on('error', reject);
	});
}

/**
 * One request { method, path, token, requestId, body, address } on an open connection, which stays
 * open. Resolves to the head and body as sent.
 */
export function send(socket, request) {
	return new Promise((resolve, reject) => {
		let received = Buffer.alloc(0);
		const settle = (how, what) => {
			socket.off('data', take);
			socket.off('close', lost);
			socket.off('error', lost);
			how(what);
		};
		const lost = (why) => settle(reject,
			why instanceof Error ? why : new Error('closed without an answer'));
		const take = (chunk) => {
			received = Buffer.concat([received, chunk]);
			const text = reply(received);
			if (text !== null)
				settle(resolve, text);
		};

		if (socket.destroyed) {
			reject(new Error('closed before it was asked'));
			return;
		}
		socket.on('data', take);
		socket.on('close', lost);
		socket.on('error', lost);
		socket.write(requestBytes(request));
	});
}

export function get(socket, path) {
	return send(socket, { path });
}
