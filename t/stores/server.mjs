// server.mjs: an HTTP server of a store on loopback that answers as it is asked to, and fails on command in the ways
// of servers and networks.
import http from 'node:http';
import https from 'node:https';

/** An answer. */
export const json = (status, body, headers = {}) => ({ status, body: JSON.stringify(body),
	headers: { 'content-type': 'application/json; charset=UTF-8', ...headers } });
const instead = (body, status = 200, headers = {}) => (res, answer) => send(res, { ...answer, status, body,
	headers: { ...answer.headers, ...headers } });

function send(res, { status, body, headers }) {
	const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) };

	res.writeHead(status, { ...headers, ...length }).end(body);
}

/** The whole body is announced; half of it is sent before the connection ends. */
function tear(res, { status, body, headers }) {
	res.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
	res.write(Buffer.from(body).subarray(0, body.length >> 1), () => res.socket?.destroy());
}

/**
 * How a request may end; what a store answers by a status is `status_429` and so on. All but `lost` and the statuses
 * come after the store has done what it was asked for.
 */
const ENDS = {
	ok: send,
	/** After `ms`. */
	slow: (res, answer, { ms = 1000 }) => { setTimeout(() => send(res, answer), ms).unref(); },
	hang: () => {},
	cut: (res) => res.socket.destroy(),
	torn: tear,
	not_json: instead('<html><body>Bad Gateway</body></html>', 200, { 'content-type': 'text/html' }),
	half_json: (res, answer) => send(res, { ...answer, body: answer.body.slice(0, answer.body.length >> 1) }),
	empty: instead(''),
	no_object: instead('[]'),
	other_object: instead('{}'),
	deep: instead('['.repeat(200_000)),
	huge: (res, answer) => send(res, { ...answer, body: answer.body.padEnd(20_000_000) }),
	redirect: instead('', 302, { location: '/elsewhere' }),
};
export const ends = ['lost', ...Object.keys(ENDS)];

async function textOf(req) {
	const pieces = [];

	for await (const piece of req)
		pieces.push(piece);
	return Buffer.concat(pieces).toString();
}

/** What is waited for by a condition of `list`. */
function waiting(list) {
	const waits = new Set();

	return {
		until: (enough) => new Promise((resolve) => {
			if (enough(list))
				resolve(list);
			else
				waits.add({ enough, resolve });
		}),
		look() {
			for (const wait of [...waits].filter(({ enough }) => enough(list))) {
				waits.delete(wait);
				wait.resolve(list);
			}
		},
	};
}

/** Rules by which requests end: those that hold a few times go before those that hold always, the newest of these. */
function makeRules() {
	let rules = [];
	const add = (end, { times = 1, on = '', ...rest } = {}) => {
		if (!ends.includes(end) && !/^status_\d+$/.test(end))
			throw new Error(`no such end: ${end}`);
		rules = times === Infinity ? [...rules, { end, times, on, ...rest }]
			: [...rules.filter((r) => r.times !== Infinity), { end, times, on, ...rest },
				...rules.filter((r) => r.times === Infinity)];
	};

	return {
		add,
		clear() { rules = []; },
		take(path) {
			const fits = rules.filter(({ on, times }) => times > 0 && path.includes(on));
			const rule = fits.find(({ times }) => times !== Infinity) ?? fits.at(-1) ?? { end: 'ok' };

			rule.times -= 1;
			return rule;
		},
	};
}

/**
 * Opens one. `take({ method, path, headers, body })` says what is answered: { status, body, headers }, as json() makes
 * it; `refusal(status, rule)` what a store answers by a status that a test has asked for. `tls` is { key, cert }.
 *   url               its address
 *   seen              what has come: { method, path, headers, body, end, status }
 *   next(end, { times, on, ms, headers })  the next requests whose path holds `on` end so
 *   always(end, ...)  each request does, until well()
 *   hold({ on })      the next answer is made, and kept: { answered: a promise, release() }
 *   until(enough)     waits until enough(seen) is true
 *   hangUp(), close()
 */
export async function openServer({ take, refusal, tls }) {
	const seen = [], rules = makeRules(), holds = [];
	const { until, look } = waiting(seen);

	async function held(path) {
		const at = holds.findIndex(({ on }) => path.includes(on));

		if (at >= 0)
			await holds.splice(at, 1)[0].keep();
	}

	function answerTo(request, rule) {
		if (rule.end === 'lost')
			return undefined;
		return rule.end.startsWith('status_') ? refusal(Number(rule.end.slice(7)), rule) : take(request);
	}

	async function talk(req, res) {
		const request = { method: req.method, path: req.url, headers: req.headers, body: await textOf(req) };
		const rule = rules.take(req.url), end = ENDS[rule.end] ?? send;
		const answer = answerTo(request, rule);

		seen.push({ ...request, end: rule.end, status: answer?.status });
		await held(req.url);
		if (answer === undefined)
			res.socket?.destroy();
		else
			end(res, { ...answer, headers: { ...answer.headers, ...rule.headers } }, rule);
		look();
	}

	const server = (tls ? https : http).createServer(tls ?? {}, (req, res) => {
		talk(req, res).catch(() => res.destroy());
	});

	await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
	return {
		url: `${tls ? 'https' : 'http'}://127.0.0.1:${server.address().port}`,
		seen,
		until,
		next: rules.add,
		always: (end, how = {}) => rules.add(end, { ...how, times: Infinity }),
		well: rules.clear,
		hold({ on = '' } = {}) {
			const hold = {};
			const released = new Promise((release) => { hold.release = release; });

			hold.answered = new Promise((arrive) => {
				holds.push({ on, keep() { arrive(); return released; } });
			});
			return hold;
		},
		hangUp: () => server.closeAllConnections(),
		close: () => new Promise((done) => {
			server.close(done);
			server.closeAllConnections();
		}),
	};
}
