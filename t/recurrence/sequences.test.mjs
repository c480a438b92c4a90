// sequences.test.mjs: whatever people do with a task, in whatever order: completing, skipping,
// undoing, putting off, giving up, editing. After each act the task is what a model says, whose
// undo is nothing but a copy put back, and whose steps are the reference's. At the end the
// database agrees: one open occurrence a task, and a history that has only grown.
//
//   HOB_SEED=7 scripts/test recurrence/sequences    other dice; HOB_SEQUENCES=100000: longer
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { newId, newResidence, signUp } from '../api/support/people.mjs';
import { dice as diceOf } from './dice.mjs';
import { dayOf, full, next, textOf } from './reference.mjs';

const SEED = Number(process.env.HOB_SEED ?? 20261127);
const SEQUENCES = Number(process.env.HOB_SEQUENCES ?? 10000);
const ACTS = 8;
const AT_ONCE = 24;

const RULES = [null, { unit: 'week' }, { unit: 'day', every: 3 }, { unit: 'month' }, { unit: 'month', month_day: -1 },
	{ unit: 'week', every: 2, weekdays: ['mon', 'fri'] }, { unit: 'month', nth_weekday: 2, weekdays: ['tue'] },
	{ unit: 'year' }, { unit: 'day', every: 10, anchor: 'completion' }, { unit: 'month', anchor: 'completion' },
	{ unit: 'week', count: 2 }];

// Some hundred, as in a residence: many thousands would measure what a look for room costs.
const RESIDENCE_HOLDS = 500;

let robin;
let residences;

before(async () => {
	robin = await signUp();
	residences = [];
	for (let full = 0; full < SEQUENCES; full += RESIDENCE_HOLDS)
		residences.push(await newResidence(robin, { time_zone: 'UTC' }));
});

// --- the model -----------------------------------------------------------------------------

/** lead: how many days before each due day the task starts; null when it has no start. */
const newModel = (id, recurrence, due_on, lead) =>
	({ id, lead, recurrence: recurrence && full({ ...recurrence, starts_on: due_on }),
		due_on, grid_on: recurrence ? due_on : null, occurrence: 1, completed: false, state: 'pending',
		title: 'Sweep', history: [], recorded: 0 });

/** What completing changes and undo puts back. */
const picture = ({ due_on, grid_on, state }) => ({ due_on, grid_on, state });

function complete(model, id, outcome, completed_at) {
	const step = model.recurrence === null ? { next: null }
		: next({ ...model, rule: model.recurrence, grid_on: model.grid_on ?? model.due_on,
			done_on: completed_at.slice(0, 10), outcome });

	model.history.push({ id, outcome, occurrence: model.occurrence, completed_at, before: picture(model) });
	model.recorded += 1;
	model.state = 'pending';
	if (step.next === null)
		model.completed = true;
	else
		Object.assign(model, { due_on: step.next, grid_on: step.next, occurrence: model.occurrence + 1 });
}

function undo(model) {
	const { before: was, occurrence } = model.history.pop();

	Object.assign(model, was, { occurrence, completed: false });
	if (model.recurrence === null)
		model.grid_on = null;
	else
		model.grid_on ??= model.due_on;
}

const isOpen = (model) => !model.completed && model.state !== 'cancelled';

const startOf = (due_on, lead) => lead === null ? null : textOf(dayOf(due_on) - lead);

/** The task as the model has it, in the words of the API. */
function shown(model) {
	const done = model.history.filter((c) => c.outcome === 'done');

	return { due_on: model.due_on, starts_on: startOf(model.due_on, model.lead), occurrence: model.occurrence,
		completed: model.completed, state: model.state,
		title: model.title, completion_count: done.length, last_completed_at: done.at(-1)?.completed_at ?? null,
		last_completion_id: model.history.at(-1)?.id ?? null };
}

// --- acts: what is asked, what must be answered, and what the model makes of it ------------------

const post = (model, act, body) => robin.client.post(`/api/tasks/${model.id}/${act}`, body);
const patch = (model, body) => robin.client.patch(`/api/tasks/${model.id}`, body);
const somewhen = (dice, model) => textOf(dayOf(model.due_on) + dice.roll(50) - 20);
const yesterday = textOf(Math.floor(Date.now() / 86400000) - 1);
const earlier = (a, b) => (a < b ? a : b);

function expectStatus(res, status) {
	assert.equal(res.status, status, `${res.status} ${res.text}`);
	return res.body;
}

async function tap(model, dice, act) {
	const id = newId();
	const outcome = act === 'skip' ? 'skipped' : 'done';
	const wrong = dice.roll(12) === 0;
	const res = await post(model, act, { id, occurrence: model.occurrence + wrong,
		...act === 'complete' && { completed_at: `${earlier(somewhen(dice, model), yesterday)}T12:00:00Z` } });
	const known = model.history.find((c) => c.occurrence === model.occurrence + wrong);

	if (known)
		return void assert.equal(expectStatus(res, 200).id, known.id);
	if (wrong || !isOpen(model) || (act === 'skip' && model.recurrence === null))
		return void expectStatus(res, 409);
	const { task, completed_at, due_before } = expectStatus(res, 201);
	assert.equal(due_before, model.due_on);
	complete(model, id, outcome, completed_at);
	expectSame(model, task);
}

function expectShown(model, res) {
	expectSame(model, expectStatus(res, 200));
}

function expectSame(model, task) {
	for (const [key, value] of Object.entries(shown(model)))
		assert.deepEqual(task[key], value, key);
}

/** An act that sets something; refused when `allowed` is false. */
async function set(model, res, allowed, change) {
	if (!allowed)
		return void expectStatus(res, 409);
	Object.assign(model, change);
	expectShown(model, res);
}

const MOVES = {
	complete: (model, dice) => tap(model, dice, 'complete'),
	skip: (model, dice) => tap(model, dice, 'skip'),
	async undo(model) {
		const newest = model.history.at(-1);

		if (newest === undefined)
			return;
		const res = await robin.client.post(`/api/completions/${newest.id}/undo`);
		undo(model);
		expectSame(model, expectStatus(res, 200).task);
	},
	async undoOlder(model, dice) {
		if (model.history.length > 1)
			expectStatus(await robin.client.post(
				`/api/completions/${dice.pick(model.history.slice(0, -1)).id}/undo`), 409);
	},
	async removeOlder(model, dice) {
		if (model.history.length < 2)
			return;
		const [gone] = model.history.splice(dice.roll(model.history.length - 1), 1);
		expectStatus(await robin.client.delete(`/api/completions/${gone.id}`), 204);
	},
	async snooze(model, dice) {
		const until = textOf(dayOf('2032-01-01') + dice.roll(60));

		await set(model, await post(model, 'snooze', { until }), isOpen(model), { due_on: until });
	},
	start: async (model) => set(model, await post(model, 'start'), isOpen(model), { state: 'in_progress' }),
	cancel: async (model) => set(model, await post(model, 'cancel'), !model.completed, { state: 'cancelled' }),
	uncancel: async (model) =>
		set(model, await post(model, 'uncancel'), true, model.state === 'cancelled' && { state: 'pending' }),
	rename: async (model, dice) => {
		const title = `Sweep ${dice.roll(1000)}`;

		await set(model, await patch(model, { title }), true, { title });
	},
	move: async (model, dice) => {
		const due_on = somewhen(dice, model);

		await set(model, await patch(model, { due_on }), true, { due_on });
	},
	async changeRule(model, dice) {
		const rule = dice.pick(RULES);

		// A new rule opens a task again that was done for good; acts and recurrence have that test.
		if (rule !== null && model.completed)
			return;
		const full_rule = rule && full({ ...rule, starts_on: model.due_on });
		const begins = JSON.stringify(full_rule) !== JSON.stringify(model.recurrence);
		const res = await patch(model, { recurrence: rule });

		// So often it was done already.
		if (begins && rule?.count <= model.occurrence)
			return void expectStatus(res, 400);
		await set(model, res, true,
			{ recurrence: full_rule, ...begins && { grid_on: rule && model.due_on } });
	},
};
const CHOICES = ['complete', 'complete', 'complete', 'complete', 'skip', 'skip', 'undo', 'undo', 'undo', 'undoOlder',
	'removeOlder', 'snooze', 'snooze', 'start', 'cancel', 'uncancel', 'uncancel', 'rename', 'move', 'changeRule'];

async function play(model, dice) {
	const played = [];

	for (let i = 0; i < ACTS; i++) {
		played.push(dice.pick(CHOICES));
		try {
			await MOVES[played.at(-1)](model, dice);
		} catch (why) {
			throw new Error(`after ${played.join(', ')} on ${JSON.stringify(model)}: ${why.message}`,
				{ cause: why });
		}
	}
}

// --- all of them -----------------------------------------------------------------------------------

/** A hundred tasks by one request, as models. */
async function make(dice, residence) {
	const leads = Array.from({ length: 100 }, () => dice.pick([null, 0, dice.roll(40)]));
	const create = leads.map((lead) => {
		const due_on = textOf(dayOf('2025-01-01') + dice.roll(365));

		return { residence_id: residence.id, title: 'Sweep', due_on, starts_on: startOf(due_on, lead),
			recurrence: dice.pick(RULES) };
	});
	const { created } = expectOk(await robin.client.post('/api/tasks/bulk', { create }));

	return created.map(({ task }, i) => newModel(task.id, create[i].recurrence, create[i].due_on, leads[i]));
}

describe(`${SEQUENCES} sequences of ${ACTS} acts`, () => {
	const models = [];

	test('leave each task as the model says, after every act', async () => {
		const dice = diceOf(SEED);

		console.log(`seed ${SEED}`);
		while (models.length < SEQUENCES)
			models.push(...await make(dice, residences[Math.floor(models.length / RESIDENCE_HOLDS)]));
		const left = models.map((model, i) => [model, diceOf(SEED + i)]);
		await Promise.all(Array.from({ length: AT_ONCE }, async () => {
			for (let one = left.pop(); one !== undefined; one = left.pop())
				await play(...one);
		}));
	});

	test('leave one open occurrence a task, and a history that has only grown', async () => {
		const rows = await sql(`SELECT json_build_object('id', t.id, 'due_on', t.due_on, 'grid_on', t.grid_on,
				'occurrence', t.occurrence, 'completed', t.completed, 'state', t.state,
				'completion_count', t.completion_count, 'last', t.last_completion_id,
				'recorded', count(c.id), 'history', coalesce(json_agg(c.id ORDER BY c.occurrence)
					FILTER (WHERE c.id IS NOT NULL AND c.undone_at IS NULL), '[]'),
				'sound', coalesce(bool_and(c.undone_at IS NOT NULL OR c.occurrence < t.occurrence
					OR (t.completed AND c.occurrence = t.occurrence)), true))
			  FROM tasks t LEFT JOIN completions c ON c.task_id = t.id
			 WHERE t.residence_id = ANY (:'residences') GROUP BY t.id`,
			{ residences: `{${residences.map((residence) => residence.id)}}` });
		const stored = new Map(rows.map((row) => JSON.parse(row)).map((row) => [row.id, row]));

		assert.equal(stored.size, models.length);
		for (const model of models)
			assert.deepEqual(stored.get(model.id), { id: model.id, due_on: model.due_on,
				grid_on: model.grid_on, occurrence: model.occurrence, completed: model.completed,
				state: model.state, completion_count: shown(model).completion_count,
				last: shown(model).last_completion_id, recorded: model.recorded,
				history: model.history.map((c) => c.id), sound: true });
	});
});
