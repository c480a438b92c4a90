// db.mjs: SQL as the owner of the tables, for what no route can bring about (yet): roles of
// members, expired sessions, completions. HOB_OWNER_URL says where.
import { spawn } from 'node:child_process';

const LOOKS_ONLY = /^\s*SELECT\b(?![^]*\b(INSERT|UPDATE|DELETE)\b)/;

/** Workers were not told what SQL has changed: what they remember is dropped. */
function flush() {
	return new Promise((resolve, reject) => {
		spawn(`${process.env.HOB_BUILD}/hob`, ['cache', 'flush'], { stdio: 'inherit' })
			.on('error', reject)
			.on('close', (code) => (code === 0 ? resolve() : reject(new Error('hob cache flush failed'))));
	});
}

/**
 * Runs `text` through psql with :'name' variables. Resolves to its output lines, columns
 * separated by '|'.
 */
export async function sql(text, variables = {}) {
	const lines = await psql(text, variables);

	if (!LOOKS_ONLY.test(text))
		await flush();
	return lines;
}

function psql(text, variables) {
	const url = process.env.HOB_OWNER_URL;
	const settings = Object.entries({ ON_ERROR_STOP: 1, ...variables });

	if (!url)
		throw new Error('HOB_OWNER_URL is not set: run the suite by scripts/test');
	return new Promise((resolve, reject) => {
		const child = spawn('psql', ['-XqAt', ...settings.flatMap(([k, v]) => ['-v', `${k}=${v}`]), url],
			{ stdio: ['pipe', 'pipe', 'pipe'] });
		let out = '';
		let err = '';

		child.stdout.on('data', (chunk) => { out += chunk; });
		child.stderr.on('data', (chunk) => { err += chunk; });
		child.on('error', reject);
		child.on('close', (code) => (code === 0
			? resolve(out.split('\n').filter((line) => line !== ''))
			: reject(new Error(`psql: ${err}in: ${text}`))));
		child.stdin.end(text);
	});
}

/** Makes `user` a member of `residence`, or changes the role there. */
export function makeMember(residence, user, role) {
	return sql(`INSERT INTO residence_members (residence_id, user_id, role)
		VALUES (:'residence', :'user', :'role')
		ON CONFLICT (residence_id, user_id) DO UPDATE SET role = EXCLUDED.role`,
	{ residence: residence.id, user: user.id, role });
}

export function removeMember(home, user) {
	return sql("DELETE FROM residence_members WHERE residence_id = :'home' AND user_id = :'user'",
		{ home: home.id, user: user.id });
}

/** Sets columns of one task: what the actions on tasks will do. */
export function setTask(task, assignments, variables = {}) {
	return sql(`UPDATE tasks SET ${assignments} WHERE id = :'id'`, { id: task.id, ...variables });
}

/** By SQL: `count` tasks of `residence`, each with the columns of `fields`; some at a time, for each is counted. */
export async function manyTasks(residence, person, count, fields = {}) {
	for (let first = 1; first <= count; first += 2500)
		await sql(`INSERT INTO tasks (id, residence_id, title, created_by
				${Object.keys(fields).map((name) => `, ${name}`).join('')})
			SELECT gen_random_uuid(), :'residence', 'Task ' || n,
				:'user' ${Object.values(fields).map((value) => `, ${value}`).join('')}
			  FROM generate_series(${first}, ${Math.min(first + 2499, count)}) n`,
		{ residence: residence.id, user: person.user.id });
}

/** What is counted for a residence or an account: {name: used}. */
export async function usageOf({ id }) {
	const rows = await sql(`SELECT p.name, u.used[p.position] FROM usage u, plan_limits p
		WHERE u.about = :'id'`, { id });

	return Object.fromEntries(rows.map((row) => row.split('|')).map(([name, used]) => [name, Number(used)]));
}

/** Writes into the row of a residence or an account. */
export const setUsage = ({ id }, name, value) =>
	sql("UPDATE usage SET used[hob.place_of(:'name')] = :'value' WHERE about = :'id'", { id, name, value });

/** What the plan of everybody who has none allows; the suites begin with that of pro. */
export const allow = (name, most) =>
	sql("UPDATE tier_limits SET most = :'most' WHERE name = :'name' AND tier = 'free'", { name, most });

/** What it was, for the end of a suite. */
export const allowAgain = (name) =>
	sql(`UPDATE tier_limits f SET most = p.most FROM tier_limits p
		WHERE p.tier = 'pro' AND f.tier = 'free' AND p.name = f.name AND f.name = :'name'`, { name });

/** One psql of its own, for transactions that stay open while others go on. */
export class Session {
	constructor(url = process.env.HOB_OWNER_URL) {
		this.psql = spawn('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', url],
			{ stdio: ['pipe', 'pipe', 'inherit'] });
		this.count = 0;
		this.heard = '';
		this.psql.stdout.on('data', (chunk) => {
			this.heard += chunk;
			this.listen?.();
		});
		this.psql.on('close', () => {
			this.closed = true;
			this.listen?.();
		});
	}

	/** Resolves when psql has done all of `text`. One at a time. */
	run(text) {
		const done = `done ${++this.count}\n`;

		this.psql.stdin.write(`${text};\n\\echo ${done}`);
		return new Promise((resolve, reject) => {
			this.listen = () => {
				if (this.heard.endsWith(done))
					resolve();
				else if (this.closed)
					reject(new Error(`psql ended in: ${text}`));
			};
			this.listen();
		});
	}

	/** The same; resolves to the lines that it gave. */
	async lines(text) {
		const from = this.heard.length;

		await this.run(text);
		return this.heard.slice(from).split('\n').slice(0, -2);
	}

	/**
	 * Resolves when `count` others wait for what this transaction holds, or for each other behind it. Fails when
	 * `answer`, which is to come behind it, is there before.
	 */
	async untilBlocking(count, answer = undefined) {
		let early;

		answer?.then((res) => { early = res; });
		for (let tries = 0; tries < 5000; tries += 1) {
			const from = this.heard.length;

			await this.run(`WITH RECURSIVE waits AS (
				SELECT w.pid, unnest(pg_blocking_pids(w.pid)) AS behind
				  FROM (SELECT DISTINCT pid FROM pg_locks WHERE NOT granted) w
			), blocked AS (
				SELECT pid FROM waits WHERE behind = pg_backend_pid()
				UNION SELECT w.pid FROM waits w JOIN blocked b ON b.pid = w.behind
			) SELECT count(*) FROM blocked`);
			if (parseInt(this.heard.slice(from), 10) >= count)
				return;
			if (early)
				throw new Error(`${early.status} before it waited: ${early.text}`);
		}
		throw new Error(`no ${count} wait for this transaction`);
	}

	end() {
		this.psql.stdin.end();
	}
}

/**
 * A test that holds locks with a Session. On a busy machine hob_api may give up waiting for them, which is
 * 503: then it is done once more.
 */
export function arranged(scenario) {
	return async () => {
		for (let tries = 1; ; tries += 1) {
			try {
				return await scenario();
			} catch (e) {
				if (tries === 10 || !/^503 |wait for this transaction/.test(e.message))
					throw e;
			}
		}
	};
}

/** The same of a scenario with a psql of its own. */
export const held = (scenario) => arranged(async () => {
	const holder = new Session();

	try {
		await scenario(holder);
	} finally {
		holder.end();
	}
});
