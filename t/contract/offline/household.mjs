// household.mjs: two people, three phones, and what they do at random: most of it without a network.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { crowd } from '../../api/support/people.mjs';
import { dice as diceOf } from '../../recurrence/dice.mjs';
import { Network } from './network.mjs';
import { Phone } from './phone.mjs';

const HOUR_MS = 3600000;
const DAY_MS = 24 * HOUR_MS;
const ZONES = ['Europe/Berlin', 'America/New_York', 'Pacific/Auckland', 'UTC'];
const TIMES = ['00:07', '06:31', '12:13', '18:47', '23:53'];
const RULES = ['weekly', 'monthly', { unit: 'day', every: 3 }, { unit: 'week', count: 3 },
	{ unit: 'day', every: 10, anchor: 'completion' }, { unit: 'month', month_day: -1 }];
const ROLES = ['viewer', 'member', 'manager'];
const SKEWS_MS = [0, -3 * HOUR_MS, 40 * 60000, 2 * DAY_MS, -20000];
const TOLD_MAX = 60;
const TASKS_MAX = 30;
const TRIES_MAX = 30;

const dayOf = (ms) => new Date(ms).toISOString().slice(0, 10);
const instantOf = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

// --- what somebody does on a phone ------------------------------------------------------------

const mayEdit = (view, residence_id) => !['viewer', undefined].includes(view.residences.get(residence_id)?.role);

/** Mostly what the phone knows to be allowed; sometimes not, for rights change behind its back. */
function someTask({ dice }, view, wanted = () => true) {
	const tasks = [...view.tasks.values()].filter((task) => wanted(task)
		&& (mayEdit(view, task.residence_id) || dice.roll(8) === 0));

	return dice.pick(tasks);
}

function someResidence({ dice }, view, wanted) {
	return dice.pick([...view.residences.values()].filter(wanted));
}

const isOpen = (task) => !task.completed && task.state !== 'cancelled';

function due(world, phone) {
	const { dice } = world;

	if (dice.roll(3) === 0)
		return { due_on: null, due_time: null };
	return { due_on: dayOf(phone.now() + (dice.roll(80) - 20) * DAY_MS),
		due_time: dice.roll(3) === 0 ? dice.pick(TIMES) : null };
}

function create(world, phone, view) {
	const residence = someResidence(world, view, (r) => r.role !== 'viewer' || world.dice.roll(8) === 0);

	if (!residence || view.tasks.size > TASKS_MAX)
		return remove(world, phone, view);
	const day = due(world, phone);
	const rule = day.due_on && world.dice.roll(2) === 0 ? { recurrence: world.dice.pick(RULES) } : {};

	const start = day.due_on && world.dice.roll(3) === 0
		? { starts_on: dayOf(Date.parse(day.due_on) - world.dice.roll(30) * DAY_MS) } : {};

	return phone.queue('create', { id: phone.newId(), residence_id: residence.id, title: world.name('Task'),
		...day, ...rule, ...start });
}

function edit(world, phone, view) {
	const task = someTask(world, view);
	const more = world.dice.roll(3) === 0 ? due(world, phone) : {};

	// A rule needs its day.
	if (task)
		phone.queue('edit', { task_id: task.id, change: { title: world.name('Edited'),
			...task.recurrence && more.due_on === null ? {} : more } });
}

function remove(world, phone, view) {
	const task = someTask(world, view);

	if (task)
		phone.queue('remove', { task_id: task.id });
}

const acting = (kind, wanted) => (world, phone, view) => {
	const task = someTask(world, view, wanted);

	if (task)
		phone.queue(kind, { task_id: task.id });
};

function complete(world, phone, view) {
	const task = someTask(world, view, isOpen);
	const { dice } = world;

	if (!task)
		return;
	const when = dice.roll(2) === 0 ? {} : { completed_at: instantOf(phone.now() - dice.roll(5) * HOUR_MS) };

	phone.queue('complete', { id: phone.newId(), task_id: task.id, occurrence: task.occurrence,
		note: world.name('Done'), ...when });
}

function skip(world, phone, view) {
	const task = someTask(world, view, (t) => isOpen(t) && (t.recurrence !== null || world.dice.roll(10) === 0));

	if (task)
		phone.queue('skip', { id: phone.newId(), task_id: task.id, occurrence: task.occurrence,
			note: world.name('Skipped') });
}

const withCompletion = (kind, args) => (world, phone, view) => {
	const completion = world.dice.pick([...view.completions.values()]);

	if (completion)
		phone.queue(kind, { completion_id: completion.id, ...args(world) });
};

function snooze(world, phone, view) {
	const task = someTask(world, view, isOpen);

	if (task)
		phone.queue('snooze', { task_id: task.id, occurrence: task.occurrence, days: 1 + world.dice.roll(9) });
}

function move(world, phone, view) {
	const task = someTask(world, view);
	const other = world.dice.roll(4) === 0 ? null : someTask(world, view, (t) => t.id !== task?.id);

	if (task)
		phone.queue('move', { task_id: task.id, after_id: other?.id ?? null });
}

function assign(world, phone, view) {
	const task = someTask(world, view);

	if (task)
		phone.queue('assign', { task_id: task.id,
			assigned_to_id: world.dice.pick([null, ...world.people.map((p) => p.user.id)]) });
}

function found(world, phone, view) {
	const time_zone = world.dice.pick(ZONES);

	if (view.residences.size < 4)
		phone.queue('found', { id: phone.newId(), name: world.name('Home'), time_zone });
}

function change(world, phone, view) {
	const residence = someResidence(world, view, (r) => ['owner', 'manager'].includes(r.role)
		|| world.dice.roll(8) === 0);

	if (residence)
		phone.queue('change', { residence_id: residence.id, change: { name: world.name('Changed'),
			...world.dice.roll(4) === 0 ? { time_zone: world.dice.pick(ZONES) } : {} } });
}

function abandon(world, phone, view) {
	const residence = someResidence(world, view, (r) => r.role === 'owner');

	if (residence && view.residences.size > 2)
		phone.queue('abandon', { residence_id: residence.id });
}

function rename(world, phone) {
	phone.queue('rename', { change: { first_name: world.name('Name') } });
}

// --- who belongs ------------------------------------------------------------------------------

/** A code is shown once: who did not get that answer makes another. The other person types it in. */
async function invite(world, phone, view) {
	const residence = someResidence(world, view, (r) => r.role === 'owner' && r.version !== null);
	const guest = world.dice.pick(world.phones.filter((other) => other.user_id !== phone.user_id));

	if (!residence || (view.members.has(`${residence.id}:${guest.user_id}`) && world.dice.roll(6) > 0))
		return;
	const reply = await phone.send('POST', `/api/residences/${residence.id}/share-codes`,
		{ body: { role: world.dice.pick(ROLES), max_uses: 1 + world.dice.roll(2) },
			headers: { 'Idempotency-Key': randomUUID() } });

	if (reply?.status === 201 && reply.body.code !== null)
		guest.queue('join', { residence_id: residence.id, code: reply.body.code, user_id: guest.user_id });
}

const withMember = (kind, args) => (world, phone, view) => {
	const member = world.dice.pick([...view.members.values()].filter((m) => m.role !== 'owner'
		&& view.residences.get(m.residence_id)?.role === 'owner'));

	if (member)
		phone.queue(kind, { residence_id: member.residence_id, user_id: member.user.id, ...args(world) });
};

const withNotice = (kind) => (world, phone, view) => {
	const notice = world.dice.pick([...view.notifications.values()].filter(({ read_at }) => read_at === null));

	if (notice)
		phone.queue(kind, { notification_id: notice.id });
};

function leave(world, phone, view) {
	const residence = someResidence(world, view, (r) => r.role !== 'owner' || world.dice.roll(10) === 0);

	if (residence)
		phone.queue('leave', { residence_id: residence.id, user_id: phone.user_id });
}

// --- what happens to a phone ------------------------------------------------------------------

const sync = ({ dice }, phone) => phone.sync(dice.pick([1, 2, 5, 20, 500]), dice.pick([1, 2, 4, Infinity]));

/** The answers to the last syncs were lost, but not what they brought. */
function oldToken(world, phone) {
	if (phone.old)
		phone.state.sync_token = phone.old.sync_token;
	return sync(world, phone);
}

function backUp(world, phone) {
	phone.old = phone.backup();
}

function restore(world, phone) {
	if (phone.old)
		phone.restore(phone.old);
}

function resync(world, phone) {
	phone.state.sync_token = null;
	return sync(world, phone);
}

// How often, of a thousand steps.
const STEPS = [
	[90, create], [80, edit], [20, remove], [110, complete], [30, skip], [40, snooze], [50, move], [40, assign],
	[30, acting('start', isOpen)], [15, acting('stop', (t) => t.state === 'in_progress')],
	[15, acting('cancel', isOpen)], [15, acting('uncancel', (t) => t.state === 'cancelled')],
	[20, acting('archive', (t) => !t.archived)], [15, acting('unarchive', (t) => t.archived)],
	[50, withCompletion('undo', () => ({}))], [15, withCompletion('unnote', () => ({}))],
	[25, withCompletion('note', (world) =>
		({ change: { note: world.name('Note'), rating: 1 + world.dice.roll(5) } }))],
	[6, found], [15, change], [3, abandon], [2, rename], [50, invite],
	[25, withMember('promote', ({ dice }) => ({ role: dice.pick(ROLES) }))], [15, withMember('expel', () => ({}))],
	[8, leave], [25, withNotice('see')], [10, withNotice('dismiss')],
	[170, (world, phone) => phone.drain(1 + world.dice.roll(6))], [60, (world, phone) => phone.drain()],
	[70, (world, phone) => phone.drain(2, true)],
	[110, sync], [10, oldToken], [15, backUp], [5, restore], [4, resync], [20, (world, phone) => phone.restart()],
	[30, (world) => world.deliver()],
];
const STEPS_SUM = STEPS.reduce((sum, [share]) => sum + share, 0);

function draw(dice) {
	let left = dice.roll(STEPS_SUM);

	return STEPS.find(([share]) => (left -= share) < 0)[1];
}

// --- the household ----------------------------------------------------------------------------

export class Household {
	constructor(seed) {
		this.dice = diceOf(seed);
		this.run = Date.now().toString(16).slice(-8);
		this.told = [];
		this.ledger = [];
		this.names = 0;
		this.network = new Network(diceOf(seed + 1e6), (...answers) => this.compare(...answers));
	}

	tell(line) {
		this.told.push(line);
		if (this.told.length > TOLD_MAX)
			this.told.shift();
	}

	/** Nothing is called the same twice. */
	name(what) {
		return `${what} ${++this.names}`;
	}

	async open() {
		const world = { ...this, tell: (line) => this.tell(line) };

		this.people = await crowd(2);
		await this.network.open();
		this.phones = [[0, 1], [0, 2], [1, 3]].map(([person, n]) => {
			const { user, client } = this.people[person];

			return new Phone({ name: `p${n}`, user_id: user.id, token: client.token }, world,
				this.dice.pick(SKEWS_MS));
		});
		for (const phone of this.phones.slice(1))
			found(this, phone, phone.view());
	}

	close() {
		this.network.close();
	}

	/** Two answers to the same request, one behind the other. */
	compare(asked, first, second) {
		if (asked.method === 'GET' || first.status >= 500)
			return;
		if (second.status !== first.status)
			this.network.faults.push(`${asked.method} ${asked.path} is ${first.status}, and again `
				+ `${second.status} ${second.bytes}`);
	}

	async deliver() {
		const late = await this.network.deliver();

		if (late)
			this.tell(`late: ${late.asked.method} ${late.asked.path}: ${late.answer.status}`);
	}

	async step() {
		const phone = this.dice.pick(this.phones);
		const act = draw(this.dice);

		await act(this, phone, phone.view());
		this.expectNoFaults();
	}

	expectNoFaults() {
		if (this.network.faults.length > 0)
			throw new Error(this.network.faults.join('\n'));
	}

	/** The network is well: what is late arrives, everything is sent, everybody syncs. */
	async settle() {
		this.network.healed = true;
		while (this.network.held.length > 0)
			await this.deliver();
		for (const phone of this.phones)
			await this.until(() => phone.drain());
		// The first may be the end of a walk that began earlier: what happened since is not in it.
		for (const phone of [...this.phones, ...this.phones])
			await this.until(() => phone.sync(500));
		this.expectNoFaults();
		this.network.healed = false;
	}

	/** Something that only a server with too much to do can stop: as Retry-After says. */
	async until(isDone) {
		for (let tries = 1; !await isDone(); tries++) {
			this.expectNoFaults();
			if (tries === TRIES_MAX)
				throw new Error(`${TRIES_MAX} tries, and it is not done`);
			await sleep(1000);
		}
	}
}
