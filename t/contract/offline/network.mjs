// network.mjs: what lies between the phones and the server, and fails as networks do: requests and
// answers that are cut, sent twice, or arrive when nobody waits for them any more.
//
// Phones speak HTTP to it, it speaks HTTPS to nginx over kept connections. What becomes of a request is
// decided by dice, so that the same requests in the same order meet the same fate.
import http from 'node:http';
import https from 'node:https';

import { base, checkAnswer } from '../../api/support/client.mjs';

const upstream = new https.Agent({ keepAlive: true, maxSockets: 16 });
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'host'];

function without(headers, names) {
	return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

async function bytesOf(stream) {
	const chunks = [];

	for await (const chunk of stream)
		chunks.push(chunk);
	return Buffer.concat(chunks);
}

/** The request on its way to the server; `ready(res)` gets the head of its answer. */
function begin(asked, ready) {
	const { method, path, headers, body } = asked;
	const req = https.request({ agent: upstream, hostname: base.hostname, port: base.port, method, path,
		headers: { ...without(headers, HOP_BY_HOP), host: base.host, 'content-length': body.length } }, ready);

	req.end(body);
	return req;
}

/** Resolves to { status, headers, bytes }. */
function exchange(asked) {
	return new Promise((resolve, reject) => {
		begin(asked, (res) => {
			const { statusCode: status, headers } = res;

			bytesOf(res).then((bytes) => resolve({ status, headers, bytes }), reject);
		}).on('error', reject);
	});
}

const cut = (res) => res.socket.destroy();

function write(res, { status, headers, bytes }, end = bytes.length) {
	res.writeHead(status, { ...without(headers, HOP_BY_HOP), 'content-length': bytes.length });
	res.write(bytes.subarray(0, end), () => (end < bytes.length ? res.socket.destroySoon() : res.end()));
}

/** A refusal as nginx words it, of a server that has too much to do. */
function busy(status, code) {
	const request_id = 'injected-by-the-network';
	const problem = { type: `/problems/${code}`, title: 'Busy', status, detail: 'Later.', code, request_id };

	return (network, asked, res) => write(res, {
		status, headers: { 'content-type': 'application/problem+json', 'retry-after': '1' },
		bytes: Buffer.from(JSON.stringify(problem)),
	});
}

// Of a hundred requests how many, and what becomes of them.
const FATES = {
	passes: [64, async (network, asked, res) => write(res, await network.forward(asked))],
	never_leaves: [5, (network, asked, res) => cut(res)],
	half_sent: [2, async (network, asked, res) => {
		await new Promise((done) => {
			const { body } = asked;
			const req = https.request({ agent: false, hostname: base.hostname, port: base.port,
				method: asked.method, path: asked.path,
				headers: { ...without(asked.headers, HOP_BY_HOP), host: base.host,
					'content-length': body.length + 2 } });

			req.on('error', done).on('close', done);
			req.write(Buffer.concat([body, Buffer.from(' ')]), () => req.destroy());
		});
		cut(res);
	}],
	answer_lost: [9, async (network, asked, res) => {
		await network.forward(asked);
		cut(res);
	}],
	answer_cut: [4, async (network, asked, res) => {
		const answer = await network.forward(asked);

		if (answer.bytes.length < 2)
			cut(res);
		else
			write(res, answer, answer.bytes.length >> 1);
	}],
	hung_up: [2, async (network, asked, res) => {
		await new Promise((done) => {
			const req = begin(asked, (answer) => answer.destroy());

			req.on('finish', () => setImmediate(() => req.destroy())).on('error', done).on('close', done);
		});
		cut(res);
	}],
	twice: [5, async (network, asked, res) => {
		const first = await network.forward(asked);
		const second = await network.forward(asked);

		network.compare(asked, first, second);
		write(res, network.dice.roll(2) === 0 ? first : second);
	}],
	at_once: [3, async (network, asked, res) => {
		const [first] = await Promise.all([network.forward(asked), network.forward(asked)]);

		write(res, first);
	}],
	late: [3, (network, asked, res) => {
		network.held.push(asked);
		cut(res);
	}],
	unavailable: [2, busy(503, 'try_later')],
	too_many: [1, busy(429, 'too_many_requests')],
};

export class Network {
	/** compare(asked, first, second): looks at two answers to the same request. */
	constructor(dice, compare) {
		this.dice = dice;
		this.compare = compare;
		this.healed = false;
		this.held = [];		// late requests
		this.faults = [];	// answers that no server should give
		this.count = {};	// how many met which fate
	}

	async open() {
		this.server = http.createServer((req, res) => {
			this.serve(req, res).catch((why) => {
				this.faults.push(`${req.method} ${req.url}: ${why.stack}`);
				cut(res);
			});
		});
		await new Promise((done) => { this.server.listen(0, '127.0.0.1', done); });
		this.port = this.server.address().port;
		return this;
	}

	close() {
		this.server.close();
	}

	draw() {
		if (this.healed)
			return 'passes';
		let left = this.dice.roll(100);

		return Object.entries(FATES).find(([, [share]]) => (left -= share) < 0)[0];
	}

	async serve(req, res) {
		const { method, url: path, headers } = req;
		const asked = { method, path, headers, body: await bytesOf(req) };
		const fate = this.draw();

		this.count[fate] = (this.count[fate] ?? 0) + 1;
		this.fate = fate;
		await FATES[fate][1](this, asked, res);
	}

	/** To the server and back; what comes back is looked at. */
	async forward(asked) {
		const answer = await exchange(asked);
		const { status, headers, bytes } = answer;
		const text = bytes.toString('utf8');
		const body = /json/.test(headers['content-type'] ?? '') ? JSON.parse(text) : undefined;

		checkAnswer(asked.method, asked.path, { status, headers, text, body });
		if (status >= 500 && (status !== 503 || headers['retry-after'] === undefined))
			this.faults.push(`${asked.method} ${asked.path}: ${status} ${text}`);
		return { ...answer, body };
	}

	/** The oldest request that is late arrives; nobody hears its answer. */
	async deliver() {
		const asked = this.held.shift();

		return asked && { asked, answer: await this.forward(asked) };
	}
}
