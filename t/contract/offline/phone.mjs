// phone.mjs: an offline-first client as its developer would write it: a store that sync keeps, and an outbox
// of writes that are sent in the order in which they were queued, each until the server has answered it.
import http from 'node:http';

import { committed } from '../document.mjs';
import { ANEW, DONE, meaningOf, meaningOfSync, REFUSED, STALE, WAIT } from './answers.mjs';
import { WRITES } from './writes.mjs';

// The tables of a store, and the schemas that have their columns: what sync sends.
const TABLES = { residences: 'Residence', members: 'Member', tasks: 'SyncTask', completions: 'SyncCompletion',
	notifications: 'Notification', contractors: 'SyncContractor', documents: 'SyncDocument',
	files: 'AttachedFile' };
export const KINDS = Object.keys(TABLES);
const PARTS_MAX = 8;

const { schemas } = committed().components;
const isColumn = (kind, name) => name in schemas[TABLES[kind]].properties;

const hex = (number, digits) => number.toString(16).padStart(digits, '0').slice(-digits);
const emptyStore = () => Object.fromEntries(KINDS.map((kind) => [kind, {}]));
const clone = (value) => JSON.parse(JSON.stringify(value));

/** One request on a connection of its own; null when no whole answer came. */
async function exchange(port, method, path, body, headers) {
	const payload = body === undefined ? '' : JSON.stringify(body);
	const head = { ...headers, 'Content-Length': Buffer.byteLength(payload),
		...body === undefined ? {} : { 'Content-Type': 'application/json' } };
	const reply = await new Promise((resolve) => {
		const options = { agent: false, host: '127.0.0.1', port, method, path, headers: head };
		const req = http.request(options, (res) => {
			let text = '';

			res.setEncoding('utf8');
			res.on('data', (piece) => { text += piece; });
			res.on('error', () => resolve(null));
			res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, text }));
		});

		req.on('error', () => resolve(null));
		req.end(payload);
	});

	return reply && { ...reply, body: reply.text === '' ? undefined : JSON.parse(reply.text) };
}

export class Phone {
	/** who: { name, user_id, token }; world: { dice, network, run, ledger, tell }; skew_ms: its clock is ahead. */
	constructor(who, world, skew_ms) {
		Object.assign(this, who, { world, skew_ms });
		this.state = { sync_token: null, outbox: [], aliases: {}, made: 0, things: emptyStore() };
		this.save();
	}

	now() {
		return Date.now() + this.skew_ms;
	}

	/** Made offline: a UUIDv7, or a v4 in capitals as iOS makes them. The store knows it in small letters. */
	newId() {
		const { dice } = this.world;
		const digits = (n) => hex(dice.roll(16 ** n), n);
		const tail = `8${digits(3)}-${this.world.run}${hex(++this.state.made, 3)}${this.name[1]}`;

		if (dice.roll(3) === 0)
			return `${digits(4)}${digits(4)}-${digits(4)}-4${digits(3)}-${tail}`;
		const time = hex(this.now(), 12);

		return `${time.slice(0, 8)}-${time.slice(8)}-7${digits(3)}-${tail}`;
	}

	// --- the store --------------------------------------------------------------------

	save() {
		this.disk = JSON.stringify(this.state);
	}

	/** The phone was switched off and on: what was not saved is gone. */
	restart() {
		this.state = JSON.parse(this.disk);
	}

	/** Things and token as they were; the outbox is as it is. */
	backup() {
		return clone({ sync_token: this.state.sync_token, things: this.state.things });
	}

	restore(saved) {
		Object.assign(this.state, clone(saved));
		this.save();
	}

	/** Takes over what an answer shows, as far as there are columns for it; it may be older than what is held. */
	hold(kind, thing) {
		const held = this.state.things[kind][thing.id];

		if (held?.version === undefined || held.version <= thing.version)
			this.state.things[kind][thing.id] =
				Object.fromEntries(Object.entries(thing).filter(([name]) => isColumn(kind, name)));
	}

	forget(kind, id) {
		delete this.state.things[kind][id];
	}

	/** What the person sees: the store, and what is queued as if it were done. */
	view() {
		const view = Object.fromEntries(KINDS.map((kind) =>
			[kind, new Map(Object.entries(this.state.things[kind]))]));

		for (const { kind, args } of this.queued())
			WRITES[kind].foresee(view, args);
		return view;
	}

	// --- sync -------------------------------------------------------------------------

	/** Up to `pages` pages. True when there are no more. */
	async sync(limit, pages = Infinity) {
		for (let n = 0; n < pages; n++) {
			const { sync_token: since } = this.state;
			const query = `limit=${limit}${since === null ? '' : `&since=${since}`}`;
			const reply = await this.send('GET', `/api/sync?${query}`);
			const meaning = reply && meaningOfSync(reply);

			if (!reply || meaning === WAIT)
				return false;
			if (meaning === ANEW)
				this.state.sync_token = null;
			else if (!this.take(reply.body).has_more)
				return true;
		}
		return false;
	}

	/** First what is there, then what is gone; saved together with the token. */
	take(page) {
		const { things } = this.state;

		if (page.full_sync) {
			Object.assign(things, emptyStore());
			this.old = undefined;	// its token goes on from what was thrown away
		}
		for (const kind of KINDS) {
			for (const thing of page.changes[kind].upserted)
				things[kind][thing.id] = thing;
			for (const id of page.changes[kind].deleted)
				delete things[kind][id];
		}
		this.state.sync_token = page.sync_token;
		this.save();
		return page;
	}

	// --- the outbox -------------------------------------------------------------------

	queued() {
		return this.state.outbox.flatMap((write) => write.parts ?? [write]);
	}

	/** A write that follows others on the same thing takes the version that their answers will give. */
	queue(kind, args) {
		const [things, id] = WRITES[kind].about(this.known(args));
		const follows = this.queued().some((other) => WRITES[other.kind].about(other.args)[1] === id);
		const version = follows ? null : this.state.things[things]?.[id]?.version ?? null;
		// The key alone keeps a change from being done twice: the last word may win.
		const careless = this.world.dice.roll(2) === 0;

		this.state.outbox.push(this.named({ kind, args, version, careless }));
		this.save();
	}

	/** A new attempt, which the server has not heard of: a key and a name of its own. */
	named(write) {
		const name = `${this.world.run}-${this.name}-${++this.state.made}`;

		return { ...write, key: name, request_id: `offline-${name}`, maybe: false, begun: false, part: false };
	}

	/** Once sent, the same bytes each time. */
	begin(write) {
		if (write.begun)
			return;
		const { about, guarded } = WRITES[write.kind];
		const [things, id] = about(this.known(write.args));

		write.version = guarded && !write.careless
			? write.version ?? this.state.things[things]?.[id]?.version ?? null : null;
		write.begun = true;
	}

	/** Sends what is queued until the network fails or `max` are sent. True when nothing is left. */
	async drain(max = Infinity, together = false) {
		for (let n = 0; n < max && this.state.outbox.length > 0; n++) {
			if (together)
				this.gather();
			const write = this.state.outbox[0];
			const reply = await (write.parts ? this.sendParts(write) : this.sendWrite(write));
			const went = reply !== null && (write.parts ? this.settleParts(write, reply)
				: this.settle(write, reply, meaningOf(reply)));

			write.maybe ||= !went;	// it may be done: of idempotency_in_progress, too
			this.save();
			if (!went)
				return false;
		}
		return this.state.outbox.length === 0;
	}

	sendWrite(write) {
		this.begin(write);
		const { method, path, body } = WRITES[write.kind].request(write.args);
		const headers = { 'Idempotency-Key': write.key, 'X-Request-Id': write.request_id };

		if (write.version !== null)
			headers['If-Match'] = `"${write.version}"`;
		this.save();
		return this.send(method, path, { body, headers });
	}

	/** A completion that somebody else was faster with has another id than the phone gave it. */
	known(args) {
		return { ...args, ...args.completion_id ? { completion_id: this.real(args.completion_id) } : {} };
	}

	real(id) {
		return this.state.aliases[id] ?? id;
	}

	/** True when the write is settled and the next may go. */
	settle(write, answer, meaning) {
		if (meaning === WAIT)
			return false;
		const args = this.known(write.args);
		const rest = [];

		if (meaning === DONE)
			WRITES[write.kind].learn(this, answer.body, args);
		else if (meaning === STALE)
			rest.push(this.merge(write, args, answer.body.current));
		else if (meaning === REFUSED && this.mends(answer)) {
			const { completed_at, ...others } = write.args;

			rest.push(this.named({ ...write, args: others }));
		}
		this.note(write, args, answer, meaning === DONE);
		this.replace(write, rest);
		return true;
	}

	/** For the end: what was answered, and the trace that there must be of it, or must not. */
	note({ kind, request_id, part, maybe }, args, { status, body }, isDone) {
		const { trace } = WRITES[kind];

		this.world.ledger.push({ phone: this.name, kind, request_id, part, maybe, args, status,
			code: body?.code,
			done: isDone ? trace(args, body) : null,
			undone: isDone || maybe ? null : trace(args, args) });
	}

	/** Somebody was faster: asked again of what is there now. */
	merge(write, args, current) {
		const [kind] = WRITES[write.kind].about(args);

		this.hold(kind, current);
		return this.named({ ...write, version: current.version });
	}

	/** A phone whose clock is ahead may say when it was; then the server's clock counts. */
	mends({ status, body }) {
		return status === 400 && body.errors.every((e) => e.field === 'completed_at' && e.code === 'too_large');
	}

	/** `write` leaves the outbox, or its place in a bulk request; `rest` is sent instead. */
	replace(write, rest) {
		const { outbox } = this.state;
		const at = outbox.indexOf(write);

		if (at >= 0)
			outbox.splice(at, 1, ...rest);
		else
			outbox.push(...rest);
	}

	// --- many at once -----------------------------------------------------------------

	/** Makes one request of those at the head of the outbox that can go together. */
	gather() {
		const { outbox } = this.state;
		const about = new Set();
		const fits = (write) => {
			const { list } = WRITES[write.kind] ?? {};
			const [, id] = list ? WRITES[write.kind].about(write.args) : [];

			return list && !write.begun && !about.has(id) && about.add(id);
		};
		let count = 0;

		while (count < Math.min(PARTS_MAX, outbox.length) && !outbox[count].parts && fits(outbox[count]))
			count += 1;
		if (count < 2)
			return;
		// In the order of the lists, which is that of their keys.
		const order = ['create', 'update', 'complete', 'skip'];
		const parts = outbox.slice(0, count)
			.sort((a, b) => order.indexOf(WRITES[a.kind].list[0]) - order.indexOf(WRITES[b.kind].list[0]));

		parts.forEach((part) => this.begin(part));
		outbox.splice(0, count, this.named({ kind: 'bulk', parts }));
		this.save();
	}

	sendParts(write) {
		const body = {};

		for (const part of write.parts) {
			const { list: [name], item } = WRITES[part.kind];

			(body[name] ??= []).push(item(part.args, part.version));
		}
		return this.send('POST', '/api/tasks/bulk', { body,
			headers: { 'Idempotency-Key': write.key, 'X-Request-Id': write.request_id } });
	}

	settleParts(write, reply) {
		const meaning = meaningOf(reply);

		if (meaning === WAIT)
			return false;
		if (meaning !== DONE)
			throw new Error(`a bulk request is ${reply.status} ${reply.text}`);
		const queues = Object.fromEntries(Object.entries(reply.body).map(([name, list]) => [name, [...list]]));
		const answers = write.parts.map((part) => {
			const { status, problem, task, completion } = queues[WRITES[part.kind].list[1]].shift();

			return { status, body: problem ?? task ?? completion };
		});
		const meanings = answers.map(meaningOf);

		if (meanings.includes(WAIT))	// all of it once more: what was done is answered again
			return false;
		const [, ...later] = this.state.outbox;

		this.state.outbox = [];
		const { request_id, maybe } = write;

		write.parts.forEach((part, n) =>
			this.settle({ ...part, part: true, request_id, maybe }, answers[n], meanings[n]));
		this.state.outbox.push(...later);
		return true;
	}

	// --- one request ------------------------------------------------------------------

	/** Resolves to { status, headers, text, body }, or to null when the network has failed. */
	async send(method, path, { body, headers = {} } = {}) {
		const { network, tell } = this.world;
		const reply = await exchange(network.port, method, path, body, { Authorization: `Bearer ${this.token}`,
			...headers });

		tell(`${this.name} ${method} ${path.slice(0, 70)} ${JSON.stringify(body ?? null).slice(0, 300)}: `
			+ `${reply?.status ?? 'lost'} ${reply?.body?.code ?? ''} (${network.fate})`);
		return reply;
	}
}
