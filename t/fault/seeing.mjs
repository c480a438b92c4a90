// seeing.mjs: what the masters show on their status sockets.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';

import { setting } from './support.mjs';

/** The status socket of "hob-api", "hob-admin" or "hob-jobs". */
export const socketOf = (program = 'hob-api') =>
	`${setting(program === 'hob-admin' ? 'admin.run_dir' : 'api.run_dir')}/${program}.status`;

/** A page of it: { status, type, text }. It must be there within `ms`. */
export function page(path, program, ms = 2000) {
	return new Promise((resolve, reject) => {
		const request = http.get({ socketPath: socketOf(program), path, timeout: ms, agent: false }, (res) => {
			let text = '';

			res.setEncoding('utf8');
			res.on('data', (chunk) => { text += chunk; });
			res.on('error', reject);
			res.on('end', () =>
				resolve({ status: res.statusCode, type: res.headers['content-type'], text }));
		});

		request.on('timeout', () => request.destroy(new Error(`${path} is not there after ${ms} ms`)));
		request.on('error', reject);
	});
}

/** The text of a page that is there. */
export async function textOf(path, program) {
	const { status, text } = await page(path, program);

	assert.equal(status, 200, text);
	return text;
}

/** A connection to a status socket that has sent these bytes: { socket, closed (a promise of what came) }. */
export async function connection(bytes, program) {
	const socket = net.connect(socketOf(program));
	let text = '';

	const closed = new Promise((resolve) => {
		socket.on('error', () => {});
		socket.on('data', (chunk) => { text += chunk; });
		socket.on('close', () => resolve(text));
	});
	await new Promise((resolve) => { socket.once('connect', resolve).once('close', resolve); });
	socket.write(bytes);
	return { socket, closed };
}

/** The lines of /metrics as an object: name with labels -> number. */
export async function metrics(program) {
	const lines = (await textOf('/metrics', program)).split('\n').filter((line) => line !== '' && line[0] !== '#');

	return Object.fromEntries(lines.map((line) => {
		const at = line.lastIndexOf(' ');

		return [line.slice(0, at), Number(line.slice(at + 1))];
	}));
}

/** How many requests of a route were answered so. */
export const answered = (seen, method, route, status) =>
	seen[`hob_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`] ?? 0;
