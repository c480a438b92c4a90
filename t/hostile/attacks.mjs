// attacks.mjs: what the attackers of hostile.test.mjs send: a table, a row for each kind. Each comes from
// addresses of its own, as strangers would.
import { randomBytes } from 'node:crypto';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import http2 from 'node:http2';

import { base } from '../api/support/client.mjs';
import { newToken } from '../api/support/people.mjs';

const MIB = 1 << 20;
const agents = new Map();

/** Connections from 127.0.<kind>.<n>: nginx sees another client in each. */
export function agentOf(kind, n) {
	const localAddress = `127.0.${kind + 10}.${n % 200 + 1}`;

	if (!agents.has(localAddress))
		agents.set(localAddress, new https.Agent({ keepAlive: true, maxSockets: 4, localAddress }));
	return agents.get(localAddress);
}

/** Sends, reads all of the answer. Resolves to { status, headers, text }. */
export function send(agent, method, path, { token, body, headers = {} } = {}) {
	const payload = body === undefined ? undefined : Buffer.from(body);

	return new Promise((resolve, reject) => {
		const req = https.request({
			agent, method, path, hostname: base.hostname, port: base.port, timeout: 30000,
			headers: {
				...(token ? { Authorization: `Token ${token}` } : {}),
				...(payload ? { 'Content-Type': 'application/json',
					'Content-Length': payload.length } : {}),
				...headers,
			},
		}, (res) => {
			const chunks = [];

			res.on('data', (chunk) => chunks.push(chunk));
			res.on('error', reject);
			res.on('end', () => resolve({ status: res.statusCode, headers: res.headers,
				text: Buffer.concat(chunks).toString('utf8') }));
		});
		req.on('timeout', () => req.destroy(new Error(`${method} ${path}: no answer in 30 s`)));
		req.on('error', reject);
		req.end(payload);
	});
}

const repeated = (text, bytes) => text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes);
const distinct = (count) => Array.from({ length: count }, (_, i) => i.toString(36));

/** Bodies that cost most to read, each as large as its route takes. */
const BODIES = [
	['/api/tasks/bulk',
		JSON.stringify({ create: [{ title: 'x', recurrence: { unit: 'week', weekdays: distinct(149000) } }] })],
	['/api/tasks/bulk', `{"create":[${repeated('0,', MIB - 64)}0]}`],
	['/api/tasks/bulk', `{"create":[${repeated('{},', MIB - 64)}{}]}`.replace(/[{,]+\]\}$/, '{}]}')],
	['/api/tasks/bulk', `{"create":[${repeated('[[[[[[[[[[[]]]]]]]]]]],', MIB - 64)}`],
	['/api/tasks', `{${Array.from({ length: 5000 }, (_, i) => `"k${i}":1`).join(',')}}`],
	['/api/tasks', JSON.stringify({ title: repeated('𝒳', 60000), description: repeated('é', 2000) })],
	['/api/tasks', `${'['.repeat(30000)}${']'.repeat(30000)}`],
	['/api/recurrence/preview', JSON.stringify({ recurrence: { unit: 'week', weekdays: distinct(12000) } })],
	['/api/recurrence/preview', JSON.stringify({ starts_on: '1900-01-01',
		recurrence: { unit: 'day', every: 999, until: '2200-12-31' } })],
];
const READS = ['/api/tasks/kanban', '/api/auth/me', '/api/sync', '/api/residences', '/api/tasks?limit=200',
	'/api/residences/summary'];
const largest = ({ full }) => ['/api/tasks/kanban', '/api/sync?limit=1000', `/api/residences/${full}/report`,
	'/api/tasks?limit=200', '/api/completions?limit=200', '/api/residences/summary'];
const SEARCHES = ['/api/tasks?search=nowhere', '/api/completions?search=nowhere',
	'/api/tasks?limit=200&state=cancelled', '/api/completions?category=garden'];

let serial = 0;
const any = (list) => list[serial++ % list.length];

/**
 * A connection that is left hanging for a while: `write` begins something and never ends it. It
 * counts as answered with 0 when the server closes it first.
 */
function hang(connect, write) {
	return new Promise((resolve) => {
		const socket = connect();
		const end = () => {
			socket.destroy();
			resolve({ status: 0, headers: {}, text: '' });
		};

		socket.on('error', end);
		socket.on('close', end);
		socket.setTimeout(3000, end);
		write(socket);
	});
}

const secure = (n, protocol = 'http/1.1') => () => tls.connect({ host: base.hostname, port: base.port,
	servername: 'localhost', rejectUnauthorized: false, ALPNProtocols: [protocol],
	localAddress: `127.0.9.${n % 200 + 1}` });

/** Streams of one connection that ask for boards and read nothing. */
function unread(person) {
	return new Promise((resolve) => {
		const session = http2.connect(base.origin,
			{ settings: { initialWindowSize: 1 }, createConnection: secure(serial, 'h2') });
		const end = () => {
			session.destroy();
			resolve({ status: 0, headers: {}, text: '' });
		};

		session.on('error', end);
		session.on('close', end);
		for (let i = 0; i < 30; i += 1)
			session.request({ ':path': '/api/tasks/kanban', authorization: `Token ${person.token}` })
				.on('error', () => {});
		setTimeout(end, 3000);
	});
}

/**
 * Each row: how many do it at a time, and what one does, again and again. A victim is { email }, a crook
 * { token, full, own, feed }: an account that no other row has, in a residence that is full and one that is not.
 */
export const ATTACKS = {
	'worst bodies, made-up tokens': { count: 3, act: (kind, n) => {
		const [path, body] = any(BODIES);
		return send(agentOf(kind, n), 'POST', path, { token: newToken(), body });
	} },
	'worst bodies, signed in': { count: 1, act: (kind, n, { crook }) => {
		const [path, body] = any(BODIES);
		return send(agentOf(kind, n), 'POST', path, { token: crook.token, body });
	} },
	'reads, made-up tokens': { count: 4, act: (kind, n) =>
		send(agentOf(kind, n), 'GET', any(READS), { token: newToken() }) },
	'reads, garbage': { count: 1, act: (kind, n) => send(agentOf(kind, n), 'GET', any(READS), {
		token: randomBytes(3000).toString('hex'), headers: { 'Accept-Language': repeated('de;q=0.1,', 4000),
			'If-None-Match': repeated('"1",', 4000) } }) },
	'wrong passwords': { count: 4, act: (kind, n, { victim }) =>
		send(agentOf(kind, serial++), 'POST', '/api/auth/login', {
			body: JSON.stringify({ email: n % 2 ? victim.email : `nobody.${serial}@example.test`,
				password: `wrong ${serial}` }) }) },
	'registrations': { count: 1, act: (kind) => send(agentOf(kind, serial++), 'POST', '/api/auth/register', {
		body: JSON.stringify({ email: `crook.${process.pid}.${serial}@example.test`,
			password: `a password ${serial}` }) }) },
	'largest boards of one\'s own': { count: 2, act: (kind, n, { crook }) => send(agentOf(kind, n), 'GET',
		any(largest(crook)), { token: crook.token }) },
	'searches that find nothing': { count: 1, act: (kind, n, { crook }) =>
		send(agentOf(kind, n), 'GET', any(SEARCHES), { token: crook.token }) },
	'a feed that needs no session': { count: 2, act: (kind, n, { crook }) =>
		send(agentOf(kind, n), 'GET', crook.feed) },
	'tasks by the hundred': { count: 1, act: (kind, n, { crook }) =>
		send(agentOf(kind, n), 'POST', '/api/tasks/bulk', {
			token: crook.token, body: JSON.stringify({ create: Array.from({ length: 100 }, (_, i) => (
				{ residence_id: crook.own, title: `Task ${i}`, description: repeated('words ', 8000),
					due_on: '2030-01-01' })) }) }) },
	'share codes': { count: 1, act: (kind, n, { crook }) =>
		send(agentOf(kind, n), 'POST', '/api/share-codes/preview', {
			token: crook.token, body: JSON.stringify({ code: '0123456789AB' }) }) },
	'bodies that never end': { count: 8, act: (kind, n) => hang(secure(n), (socket) => socket.write(
		`POST /api/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Token ${newToken()}\r\n` +
		'Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{"title":')) },
	'connections that say nothing': { count: 8, act: (kind, n) => hang(() => net.connect({ host: base.hostname,
		port: base.port, localAddress: `127.0.8.${n + 1}` }), () => {}) },
	'boards that nobody reads': { count: 1, act: (kind, n, { crook }) => unread(crook) },
};
