// client.mjs: one HTTPS client as a phone would have it: kept connections, JSON, a token.
//
// HOB_URL says where the stack is; NODE_EXTRA_CA_CERTS makes its certificate known.
// Requests that no well-behaved client could send are made in raw.mjs.
import https from 'node:https';
import { gunzipSync } from 'node:zlib';

export const base = new URL(process.env.HOB_URL ?? 'https://127.0.0.1:8443');

// With HOB_CONTRACT every answer is held against doc/openapi.json.
export const { checkAnswer } = process.env.HOB_CONTRACT
	? await import('../../contract/answers.mjs') : { checkAnswer() {} };
// With HOB_RECORD all of it is written down: t/wire/README.md.
const { record } = process.env.HOB_RECORD ? await import('./record.mjs') : { record() {} };

const agent = new https.Agent({ keepAlive: true, maxSockets: 64 });

/** After nginx was given another configuration: what it keeps open for us is closed, or about to be. */
export function dropIdle() {
	for (const sockets of Object.values(agent.freeSockets))
		sockets.forEach((socket) => socket.destroy());
}

/** A body of CSV, which goes as it is. */
export class Csv {
	type = 'text/csv';

	constructor(text) {
		this.text = text;
	}
}

/** Likewise, of cards of an address book. */
export class Cards extends Csv {
	type = 'text/vcard';
}

/** A body that is a file, or a form of files, which goes as it is. */
export class Upload {
	constructor(bytes, type = 'application/octet-stream', name = undefined) {
		Object.assign(this, { bytes: Buffer.from(bytes), type, name });
	}

	get headers() {
		const name = `attachment; filename*=UTF-8''${encodeURIComponent(this.name)}`;

		return { 'Content-Type': this.type, ...this.name && { 'Content-Disposition': name } };
	}
}

function encode(options) {
	if (options.body instanceof Upload)
		return options.body.bytes;
	if (options.body instanceof Csv)
		return Buffer.from(options.body.text);
	if (options.raw !== undefined)
		return Buffer.from(options.raw);
	if (options.body !== undefined)
		return Buffer.from(JSON.stringify(options.body));
	return undefined;
}

function headersOf(options, payload) {
	const headers = {};

	if (options.token !== undefined)
		headers.Authorization = `${options.scheme ?? 'Token'} ${options.token}`;
	if (options.body !== undefined || options.raw !== undefined)
		headers['Content-Type'] = options.body instanceof Csv ? options.body.type : 'application/json';
	if (options.body instanceof Upload)
		Object.assign(headers, options.body.headers);
	if (payload !== undefined)
		headers['Content-Length'] = payload.length;
	for (const [name, value] of Object.entries(options.headers ?? {}))
		if (value === null)
			delete headers[name];
		else
			headers[name] = value;
	return headers;
}

function parse(headers, text) {
	if (!/^application\/(problem\+)?json/.test(headers['content-type'] ?? '') || text === '')
		return undefined;
	return JSON.parse(text);
}

/**
 * Sends one request. Options: body (sent as JSON) or raw (bytes sent as they are), token,
 * scheme, headers (null leaves a default one out), agent (connections of its own). Resolves
 * to status, headers, text and, when the reply is JSON, body.
 */
export function request(method, path, options = {}) {
	const payload = encode(options);

	return new Promise((resolve, reject) => {
		const req = https.request({
			agent: options.agent ?? agent, method, path, hostname: base.hostname, port: base.port,
			headers: headersOf(options, payload), timeout: 20000,
		}, (res) => {
			const chunks = [];

			res.on('data', (chunk) => chunks.push(chunk));
			res.on('error', reject);
			res.on('end', () => {
				const bytes = Buffer.concat(chunks);
				const text = (res.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes)
					.toString('utf8');
				const { statusCode: status, headers, rawHeaders } = res;

				const reply = { status, headers, rawHeaders, text };

				if (/^(application\/(zip|pdf)|image\/)/.test(headers['content-type']))
					reply.bytes = bytes;

				record(method, path, payload, reply);
				try {
					reply.body = parse(headers, text);
					checkAnswer(method, path, reply);
					resolve(reply);
				} catch (why) {
					reject(new Error(`${method} ${path}: ${why.message}: ${text}`, { cause: why }));
				}
			});
		});
		req.on('timeout', () => req.destroy(new Error(`${method} ${path}: no answer in 20 s`)));
		req.on('error', reject);
		req.end(payload);
	});
}

/** A client that is signed in with `token`, or nobody without one. */
export class Client {
	constructor(token) {
		this.token = token;
	}

	request(method, path, options = {}) {
		return request(method, path, { token: this.token, ...options });
	}

	get(path, options) {
		return this.request('GET', path, options);
	}

	post(path, body, options) {
		return this.request('POST', path, { body, ...options });
	}

	patch(path, body, options) {
		return this.request('PATCH', path, { body, ...options });
	}

	delete(path, options) {
		return this.request('DELETE', path, options);
	}
}

export const nobody = new Client();
