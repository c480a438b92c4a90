// anew.mjs: writes the examples of answers into app/api/document from what a server answered,
// with ids, keys and times that stay the same from run to run.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const folders = ['serve', 'api'].map((name) => new URL(`../../app/${name}/document/operations/`, import.meta.url));
const files = () => folders.flatMap((folder) => readdirSync(folder).map((file) => new URL(file, folder)));
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const NOW = '2026-11-23T08:30:03Z';
const plain = (id) => id.replaceAll('-', '');
const LIST_MAX = 3;	// items of a list that an example shows

// Secrets, and what a server makes of its clock, by their names.
const ALWAYS = {
	token: 'hob_2Yw3kQm8vJx5RtZ0nLc7PbSd4HfGa9EeUi1OoTyVuX6W1a2b3c', hint: 's2r8', code: '7K3D-MN0Q-X4VB',
	path: '/api/calendar/WkFJ7oQ0b1rVnq6m2cTz9xYdE4uHsKpL.ics', email: 'robin@example.com',
	sync_token: 'c3luYzoxMDI0OjIwMjYtMTEtMjM', next_cursor: 'bGlzdDoyMDI3LTA1LTE0OjJj',
	secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=', as_of: NOW, today: '2026-11-23',
};
const ACCESS_TOKEN = 'hob_pat_VnEwQjdoY2NkT0d0Y3Z4bWZ0a0J2cUx5b1pXaXRhcXJ3bs2r8';
const EXPORT_SEAL = 'Rk9sU3dqZ1ZxTnpLYmRtUQ';
const SHARE_CODE = /^[0-9A-Z]{4}(-[0-9A-Z]{4}){2}$/;
const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g;
const HOUR_MS = 3600e3;

/** As far from NOW as it was from now, to the hour; what was not made by the clock stays. */
function moved(text, name) {
	const ahead = Math.round((Date.parse(text) - Date.now()) / HOUR_MS) * HOUR_MS;

	return ahead === 0 || ['expires_at', 'renews_at'].includes(name)
		? new Date(Date.parse(NOW) + ahead).toISOString().replace('.000', '') : text;
}

export class Anew {
	#ids = new Map();
	#answers = new Map();

	#id(real, names) {
		if (real.startsWith('01942f3a-'))
			return real;
		if (!this.#ids.has(real))
			this.#ids.set(real, names.exampleOf(real)
				?? `01942f3a-6f00-7a10-8c01-5d2e9b4fe${String(this.#ids.size).padStart(3, '0')}`);
		return this.#ids.get(real);
	}

	// The place of a task has ids in it, of this task and of others that were shown before.
	#place(text) {
		return [...this.#ids].reduce((all, [real, example]) => all.replace(plain(real), plain(example)), text);
	}

	#text(text, name, names) {
		if (name === 'position')
			return this.#place(text);
		if (text.startsWith('hob_pat_'))
			return ACCESS_TOKEN;
		if (text.startsWith('/api/exports/'))
			return text.replace(UUID, (id) => this.#id(id, names)).replace(/[^.]*$/, EXPORT_SEAL);
		if (text.startsWith('/api/files/'))
			return text.replace(UUID, (id) => this.#id(id, names))
				.replace(/\d+\.[^.]*$/, `1795422903.${EXPORT_SEAL}`);
		if (name in ALWAYS && (name !== 'code' || SHARE_CODE.test(text)))
			return ALWAYS[name];
		return text.replace(UUID, (id) => this.#id(id, names))
			.replace(INSTANT, (instant) => moved(instant, name))
			.replace(/^DTSTAMP:.*Z/gm, 'DTSTAMP:20261123T083003Z');
	}

	#value(value, name, names) {
		if (typeof value === 'string')
			return this.#text(value, name, names);
		if (Array.isArray(value))
			return value.slice(0, name === 'columns' || name === 'months' ? 12 : LIST_MAX)
				.map((item) => this.#value(item, name, names));
		if (value === null || typeof value !== 'object')
			return value;
		return Object.fromEntries(Object.entries(value)
			.map(([key, inner]) => [key, this.#value(inner, key, names)]));
	}

	take(step, reply, names) {
		const type = (reply.headers['content-type'] ?? '').split(';')[0];
		const answers = this.#answers.get(step.id) ?? {};

		this.#answers.set(step.id, answers);
		if (step.id === 'getOpenapi')
			answers.answer = { openapi: '3.1.0', info: { title: 'Hob', version: '1' } };
		else if (reply.body !== undefined)
			answers.answer = this.#value(reply.body, '', names);
		else if (type.startsWith('text/'))
			answers[type] = this.#text(reply.text, '', names);
	}

	write() {
		for (const at of files()) {
			const all = JSON.parse(readFileSync(at, 'utf8'));

			for (const [id, words] of Object.entries(all))
				Object.assign(words, this.#answers.get(id));
			writeFileSync(at, `${JSON.stringify(all, null, '\t')}\n`);
		}
	}
}
