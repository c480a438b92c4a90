// ledger.mjs: the people, homes and tasks of ledger.test.mjs, and what the rules ask for: worked out here by
// themselves, and not by what is tested.
export const MINUTE = 60_000;
const HOUR = 60 * MINUTE, DAY = 24 * HOUR;
// Five failures take 86 minutes and a fifth more; a lease of who was killed two, and each is seen a step later.
const LATE = 4 * HOUR;
// Clocks go forward in Europe in that night; those of New York have, those of Auckland go back a week later.
const DUE = '2027-03-28';
export const BEGIN = Date.parse('2027-03-26T16:00:00Z'), END = Date.parse('2027-03-30T18:00:00Z');
const ZONES = ['Pacific/Kiritimati', 'Pacific/Auckland', 'Asia/Kolkata', 'Europe/Berlin', 'America/New_York'];

const uuid = (kind, n) => `01900000-0000-7${kind}-8000-${String(n).padStart(12, '0')}`;
const HOURS = ['07:00', '09:00', '12:30', '21:00'];
export const people = Array.from({ length: 20 }, (_, n) => ({
	id: uuid('00a', n), zone: ZONES[n % 5], remindAt: HOURS[(n >> 1) % 4], days: n % 3 === 0 ? [1, 0] : [0],
	quiet: n % 2 === 0 ? ['22:00', '08:00'] : null, mail: n % 4 === 0,
}));
const homes = Array.from({ length: 10 }, (_, n) => ({
	id: uuid('00b', n), zone: people[2 * n].zone, owner: people[2 * n], member: people[2 * n + 1],
}));
const tasks = Array.from({ length: 200 }, (_, n) => {
	const at = homes[n % 10];
	return { id: uuid('00c', n), home: at, who: [at.owner, at.member, null, null][n % 4],
		days: n % 7 === 0 ? [1] : null };
});

/** Minutes by which the clocks of a zone are ahead of UTC at a moment. */
function ahead(zone, at) {
	const form = new Intl.DateTimeFormat('en', { timeZone: zone, hourCycle: 'h23', year: 'numeric',
		month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' });
	const parts = Object.fromEntries(form.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
	return (Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute) - at) / MINUTE;
}

function instant(day, time, zone) {
	const local = Date.parse(`${day}T${time}:00Z`);
	const guess = local - ahead(zone, local) * MINUTE;
	return local - ahead(zone, guess) * MINUTE;
}
const dayBefore = (n) => new Date(Date.parse(DUE) - n * DAY).toISOString().slice(0, 10);

/** When a task is overdue, and at whose hour behind that they hear of it. */
function overdueAt(person, at) {
	const over = instant(dayBefore(-1), '00:00', at.zone);
	return Math.min(...[1, 2, 3].map((n) => instant(dayBefore(-n), person.remindAt, person.zone))
		.filter((moment) => moment >= over));
}

/** { "kind user task days": moment } of all that is to be told. */
export function expected() {
	const all = new Map();
	for (const task of tasks)
		for (const person of task.who ? [task.who] : [task.home.owner, task.home.member]) {
			for (const n of task.days ?? person.days)
				all.set(`task_due ${person.id} ${task.id} ${n}`,
					instant(dayBefore(n), person.remindAt, person.zone));
			all.set(`task_overdue ${person.id} ${task.id}`, overdueAt(person, task.home));
		}
	return all;
}

/** When quiet hours that hold something at this moment end; the moment itself when none do. */
export function quietEnd({ zone, quiet }, at) {
	if (!quiet)
		return at;
	const day = new Date(at + ahead(zone, at) * MINUTE).toISOString().slice(0, 10);
	const next = new Date(Date.parse(day) + DAY).toISOString().slice(0, 10);
	if (at < instant(day, quiet[1], zone))
		return instant(day, quiet[1], zone);
	return at >= instant(day, quiet[0], zone) ? instant(next, quiet[1], zone) : at;
}

/** A try that falls into quiet hours waits for their end. */
export function latest(person, from) {
	const night = quietEnd(person, from + LATE);
	return night === from + LATE ? night : night + LATE;
}

const quote = (value) => (value === null ? 'NULL' : `'${value}'`);
const values = (list, row) => list.map((x) => `(${row(x).map(quote).join(', ')})`).join(',\n');

/** SQL: is this one of the people here? */
export const mine = (column) => `${column} = ANY ('{${people.map((p) => p.id)}}')`;

/** The whole world, made at the begin of the four days. Sessions would end, and phones with them, by a sweep. */
export function world() {
	const named = (list) => `'{${list.map((x) => x.id)}}'`;
	return `INSERT INTO users (id, email, password_hash, first_name, time_zone, remind_at, remind_days, quiet_from,
			quiet_until, email_verified_at)
		VALUES ${values(people, (p) => [p.id, `${p.id}@ledger.example.test`, '-', 'P', p.zone, p.remindAt,
		`{${p.days}}`, p.quiet?.[0] ?? null, p.quiet?.[1] ?? null, 'now'])};
	INSERT INTO notice_preferences (user_id, kind, inbox, push, mail)
		SELECT u.id, k, true, true, u.id = ANY (${named(people.filter((p) => p.mail))})
		  FROM users u CROSS JOIN unnest(ARRAY['task_due', 'task_overdue']) k WHERE ${mine('u.id')};
	INSERT INTO sessions (id, user_id, token_hash, expires_at)
		SELECT u.id, u.id, u.id, now() + interval '180 days' FROM users u WHERE ${mine('u.id')};
	INSERT INTO devices (id, user_id, session_id, platform, environment, token)
		SELECT u.id, u.id, u.id, CASE WHEN random() < 0.5 THEN 'ios' ELSE 'android' END, 'production',
		       'phone ' || u.id FROM users u WHERE ${mine('u.id')};
	INSERT INTO residences (id, owner_id, name, time_zone)
		VALUES ${values(homes, (h) => [h.id, h.owner.id, 'A home', h.zone])};
	INSERT INTO residence_members (residence_id, user_id, role)
		VALUES ${values(homes, (h) => [h.id, h.member.id, 'member'])};
	UPDATE residence_members SET joined_at = now() - interval '1 year' WHERE residence_id = ANY (${named(homes)});
	INSERT INTO tasks (id, residence_id, title, due_on, assigned_to_id, remind_before, created_by)
		VALUES ${values(tasks, (t) => [t.id, t.home.id, 'A task', DUE, t.who?.id ?? null,
		t.days && t.days.map((n) => `P${n}D`).join(','), t.home.owner.id])};`;
}
