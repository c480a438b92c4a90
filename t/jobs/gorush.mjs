// gorush.mjs: a stand-in for Gorush 1.22. It takes POST /api/push and answers as its router/server.go does with
// sync on and the local queue, keeps what it was sent, and fails in the ways in which Gorush, APNs and FCM do.
import http from 'node:http';

const IOS = 1;
const PUSH_MAX = 100;

/**
 * How a POST may end. `error` of [iOS, Android] is what stands in `logs`; `taken`: phones have it. A row with
 * neither has a function of its own below.
 */
const ENDS = {
	ok: { taken: true },
	/** No way to FCM: said in the log of Gorush alone, and ok in its answer. */
	lost: { taken: false },
	dead: { error: ['Unregistered', 'Requested entity was not found.'] },
	environment: { error: ['BadDeviceToken', 'SenderId mismatch'] },
	too_large: { error: ['PayloadTooLarge', 'Request contains an invalid argument.'] },
	away: { error: ['ServiceUnavailable', 'The service is currently unavailable.'] },
	unreachable: {
		error: ['Post "https://api.push.apple.com/3/device/TOKEN": dial tcp: lookup: no such host',
			'failed to establish a connection: Post "https://fcm.example/": connect: connection refused'],
	},
	unknown: { error: ['TokenIsTired', 'This project is asleep.'] },
	full: { error: ['max capacity reached', 'max capacity reached'] },
	/** The platform is not enabled in its configuration. */
	disabled: { counts: 0 },
	/** The local queue refuses: its waiting never ends. */
	hang: { talk: () => {} },
	cut: { talk: (res) => res.socket.destroy() },
	half: { taken: true, talk: (res, text) => send(res, 200, text, text.length / 2) },
	huge: { taken: true, talk: (res, text) => send(res, 200, text.padEnd(10_000_000)) },
	not_json: { taken: true, talk: (res) => send(res, 200, '<html>') },
	status_400: { talk: (res) => refuse(res, 400, 'Missing notifications field.') },
	status_404: { talk: (res) => send(res, 404, '404 page not found') },
	status_500: { talk: (res) => send(res, 500, '') },
	status_502: { talk: (res) => send(res, 502, '<html>') },
};
export const ends = Object.keys(ENDS);

/** The whole text is announced; `length` bytes of it are sent before the connection ends. */
function send(res, status, text, length = text.length) {
	const type = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) };
	res.writeHead(status, type);
	if (length === text.length)
		res.end(text);
	else
		res.write(text.slice(0, length), () => res.socket.destroy());
}

const refuse = (res, code, message) => send(res, code, JSON.stringify({ code, message }));

/** What is wrong with a body, in its words; '' is nothing. */
function fault(body) {
	const list = body?.notifications;
	if (!Array.isArray(list) || list.some((n) => !Array.isArray(n.tokens) || !Number.isInteger(n.platform)))
		return 'Missing notifications field.';
	if (list.length === 0)
		return 'Notifications field is empty.';
	return list.length > PUSH_MAX ? `Number of notifications(${list.length}) over limit(${PUSH_MAX})` : '';
}

const parsed = (text) => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

/** A failure of one token, as it stands in `logs`. */
const failure = (n, token, error) => ({
	notif_id: n.notif_id, type: 'failed-push', platform: n.platform === IOS ? 'ios' : 'android', token,
	message: n.message ?? '', error: error.replace('TOKEN', token),
});

/** Keys in Go's order. A topic counts as one more, whatever the platform. */
function answer(list, endOf) {
	let counts = 0;
	const logs = [];
	for (const n of list) {
		counts += ENDS[endOf(n)].counts ?? n.tokens.length + (n.topic ? 1 : 0);
		for (const token of n.tokens) {
			const error = ENDS[endOf(n)].error?.[n.platform - IOS];
			if (error)
				logs.push(failure(n, token, error));
		}
	}
	return JSON.stringify({ counts, logs, success: 'ok' });
}

/**
 * Starts one on a free port of loopback, or on `port`.
 *   url               for push.gorush
 *   sent              each notification of each POST, as it came, with its `end` and `taken` (phones have it)
 *   taken(id)         how often phones have the notification of this notif_id
 *   next(end, times)  so many POSTs end so; then as before
 *   always(end)       every POST that nothing else is said of, from now on
 *   share(end, part)  so does each of them with this chance, by `dice` (0 to 1)
 *   of(token, end)    every POST with this token, from now on
 *   by(decide)        what this says of the first notification, when it says something
 *   until(enough)     waits until enough(sent) is true
 *   connections()     how many were made
 *   close()
 */
export async function gorush({ port = 0, dice = Math.random } = {}) {
	const sent = [], queued = [], tokens = new Map(), waiting = new Set();
	let usual = 'ok', unlucky, part = 0, decide, connections = 0;

	const endOf = (list) => tokens.get(list[0].tokens[0]) ?? queued.shift() ?? decide?.(list[0])
		?? (dice() < part ? unlucky : usual);

	function keep(list, end) {
		const taken = ENDS[end].taken ?? false;
		sent.push(...list.map((n) => ({ ...n, end, taken })));
		for (const wait of waiting) {
			if (wait.enough(sent)) {
				waiting.delete(wait);
				wait.resolve();
			}
		}
	}

	function take(res, text) {
		const body = parsed(text);
		if (fault(body))
			return refuse(res, 400, fault(body));
		const list = body.notifications, end = endOf(list);
		const ready = answer(list, () => end);
		keep(list, end);
		return ENDS[end].talk ? ENDS[end].talk(res, ready) : send(res, 200, ready);
	}

	const server = http.createServer((req, res) => {
		const pieces = [];
		req.on('data', (piece) => pieces.push(piece));
		req.on('end', () => req.method === 'POST' && req.url === '/api/push'
			? take(res, Buffer.concat(pieces).toString())
			: send(res, 404, '404 page not found'));
	});
	server.on('connection', () => { connections += 1; });
	await new Promise((done) => { server.listen(port, '127.0.0.1', done); });
	return {
		url: `http://127.0.0.1:${server.address().port}/api/push`,
		sent,
		taken: (id) => sent.filter((n) => n.notif_id === id && n.taken).length,
		next: (end, times = 1) => queued.push(...Array(times).fill(end)),
		always: (end) => { usual = end; },
		share: (end, chance) => { [unlucky, part] = [end, chance]; },
		of: (token, end) => tokens.set(token, end),
		by: (how) => { decide = how; },
		until: (enough) => new Promise((resolve) => {
			if (enough(sent))
				resolve();
			else
				waiting.add({ enough, resolve });
		}),
		connections: () => connections,
		close: () => new Promise((done) => {
			server.close(done);
			server.closeAllConnections();
		}),
	};
}
