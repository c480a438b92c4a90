// rules.test.mjs: C and SQL make the same days of a rule. Both are held against the vectors;
// then, with rules made by dice, against each other, the npm package rrule (RFC 5545) and
// reference.mjs. Also, that the RRULE which C writes means the same days to rrule.
//
//   HOB_SEED=7 scripts/test recurrence/rules    other dice; HOB_RULES=1000000: longer
//
// $HOB_BUILD/recurrence answers a line with a line: recurrence.c says which.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { setImmediate as breathe } from 'node:timers/promises';

import { sql } from '../api/support/db.mjs';
import { dice } from './dice.mjs';
import { dayOf, FIRST, full, LAST, next, series, textOf, WEEKDAYS } from './reference.mjs';

const { RRule } = createRequire(new URL('../contract/package.json', import.meta.url))('rrule');
const vectors = JSON.parse(readFileSync(new URL('../vectors/recurrence.json', import.meta.url), 'utf8'));

const seed = Number(process.env.HOB_SEED ?? 20261127);
const RULES = Number(process.env.HOB_RULES ?? 100000);		// with anchor due
const ON_COMPLETION = Math.ceil(RULES / 5);			// more, without an RRULE
const NEXTS = Math.ceil(RULES / 5);				// for each anchor
const SAMPLE = Math.ceil(RULES / 10);				// of the rules, what the reference has time for
const SHOWN = 12;
const IN_SQL = 6;						// a date takes it a tenth of a millisecond

// --- dice --------------------------------------------------------------------------

const { roll, pick } = dice(seed);
const between = (low, high) => low + roll(high - low + 1);
const within = (day) => textOf(Math.min(Math.max(day, FIRST), LAST));

function shuffled(list) {
	return list.map((value) => [roll(1e6), value]).sort((a, b) => a[0] - b[0]).map((pair) => pair[1]);
}

// Where rules go wrong: month ends, leap days, the ends of time.
const EDGES = ['1900-01-01', '1900-02-28', '1904-02-29', '2000-02-29', '2024-02-29', '2026-01-29', '2026-01-30',
	'2026-01-31', '2026-05-31', '2027-02-28', '2096-02-29', '2100-02-28', '2199-12-31', '2200-01-01', '2200-12-01',
	'2200-12-31'];

const someDay = () => pick([
	() => between(dayOf('2020-01-01'), dayOf('2035-12-31')),
	() => between(dayOf('2020-01-01'), dayOf('2035-12-31')),
	() => between(FIRST, LAST),
	() => dayOf(pick(EDGES)),
])();

const someEvery = () =>
	pick([() => 1, () => between(1, 6), () => between(1, 60), () => pick([12, 13, 52, 53, between(1, 999)])])();

/** How often and on which days of a week or month. */
function someDays(unit) {
	if (unit === 'week')
		return { weekdays: shuffled(WEEKDAYS).slice(0, roll(8)) };
	if (unit === 'day')
		return {};
	return pick([
		() => ({}),
		() => ({ month_day: pick([-1, 29, 30, 31, between(1, 28)]) }),
		() => ({ nth_weekday: pick([1, 2, 3, 4, -1]), weekdays: [pick(WEEKDAYS)] }),
	])();
}

function someEnd(start) {
	return pick([
		() => ({}), () => ({}), () => ({}), () => ({}),
		() => ({ until: within(start + between(-1, 30)) }),
		() => ({ until: within(start + between(0, 4000)) }),
		() => ({ count: between(1, 20) }),
	])();
}

function someRule(anchor) {
	const unit = pick(['day', 'week', 'month', 'year']);
	const start = someDay();

	return full({ unit, every: someEvery(), anchor, starts_on: textOf(start), ...someDays(unit),
		...someEnd(start) });
}

/** An occurrence of the rule, mostly on a date of its own, and when that was done. */
function someNext(anchor) {
	const rule = someRule(anchor);
	const grid = dayOf(roll(8) > 0 && series(rule, 1 + roll(6)).at(-1) || textOf(someDay()));
	const due = roll(3) > 0 ? grid : grid + between(-20, 40);
	const done = due + pick([() => 0, () => between(-40, 0), () => between(1, 60), () => between(0, 9000),
		() => someDay() - due])();

	return {
		rule, occurrence: between(1, 21), due_on: within(due), grid_on: textOf(grid), done_on: within(done),
		outcome: pick(['done', 'skipped']),
	};
}

const many = (n, make) => Array.from({ length: n }, make);

/** make() when it is first asked for, and not again. */
function lazily(make) {
	let made;

	return () => (made ??= make());
}

/** list.map that lets psql and C come to speak in between. */
async function mapped(list, make) {
	const made = [];

	for (const value of list) {
		if (made.length % 100 === 0)
			await breathe();
		made.push(make(value));
	}
	return made;
}

// --- RFC 5545 ----------------------------------------------------------------------

const FREQ = { day: RRule.DAILY, week: RRule.WEEKLY, month: RRule.MONTHLY, year: RRule.YEARLY };
const BY = { mon: RRule.MO, tue: RRule.TU, wed: RRule.WE, thu: RRule.TH, fri: RRule.FR, sat: RRule.SA, sun: RRule.SU };
const dateOf = (text) => new Date(`${text}T00:00:00Z`);

/** A month day that a short month cuts off: the last there is of those up to it. */
function cutOff(day) {
	if (day === -1 || day === 31)
		return { bymonthday: [-1] };
	return day <= 28 ? { bymonthday: [day] }
		: { bymonthday: [28, 29, 30].filter((d) => d <= day), bysetpos: [-1] };
}

function byDays(rule, start) {
	if (rule.unit === 'day')
		return {};
	if (rule.unit === 'week')
		return { byweekday: rule.weekdays.length > 0 ? rule.weekdays.map((d) => BY[d])
			: [(start.getUTCDay() + 6) % 7] };
	return {
		...rule.unit === 'year' ? { bymonth: [start.getUTCMonth() + 1] } : {},
		...rule.nth_weekday !== null ? { byweekday: [BY[rule.weekdays[0]].nth(rule.nth_weekday)] }
			: cutOff(rule.month_day ?? start.getUTCDate()),
	};
}

/**
 * A rule as options of rrule. DTSTART is starts_on, from where the grid counts, though it need
 * not be a date: the RFC leaves that open, rrule takes it as the day to count from.
 */
function asRfc(rule) {
	const dtstart = dateOf(rule.starts_on);

	return { freq: FREQ[rule.unit], interval: rule.every, wkst: RRule.MO, dtstart,
		until: rule.until && dateOf(rule.until), count: rule.count, ...byDays(rule, dtstart) };
}

/** The first dates by rrule, which has to be kept from looking on beyond them or 2200. */
function rfcDays(options) {
	const rule = new RRule({ ...options, until: options.until ?? dateOf(textOf(LAST)),
		count: Math.min(options.count ?? SHOWN, SHOWN) }, true);

	return rule.all().map((date) => date.toISOString().slice(0, 10)).join();
}

const ends = ({ count, until }) => `${count ?? 'no'} times until ${until ?? textOf(LAST)}`;

/** The same of an RRULE that begins on `first`, or what rrule does not like about it. */
function readText(text, first) {
	try {
		const options = RRule.parseString(text);
		const until = options.until?.toISOString().slice(0, 10);

		return `${rfcDays({ ...options, dtstart: dateOf(first) })} ${ends({ ...options, until })}`;
	} catch (why) {
		return `${text}: ${why.message}`;
	}
}

/** Where it takes BYSETPOS there may be no text: some calendars get that wrong. */
const isLeftOut = ({ rule, text }) => text === '' && asRfc(rule).bysetpos !== undefined;

// --- C -----------------------------------------------------------------------------

/** The answers of $HOB_BUILD/recurrence to these lines, never ahead of what its pipe takes. */
async function ask(lines) {
	const child = spawn(`${process.env.HOB_BUILD}/recurrence`, { stdio: ['pipe', 'pipe', 'inherit'] });
	const closed = once(child, 'close');
	const answers = [];

	createInterface({ input: child.stdout }).on('line', (line) => answers.push(line));
	child.stdin.on('error', () => {});		// it has died: its status says so
	for (let i = 0; i < lines.length && child.stdin.writable; i += 500)
		if (!child.stdin.write(`${lines.slice(i, i + 500).join('\n')}\n`))
			await Promise.race([once(child.stdin, 'drain').catch(() => {}), closed]);
	child.stdin.end();
	const [status] = await closed;
	assert.equal(status, 0, `recurrence ended after ${answers.length} of ${lines.length} answers`);
	assert.equal(answers.length, lines.length);
	return answers;
}

/** [{ days, text }]: dates with commas between, and the RRULE. */
async function seriesInC(rules) {
	const answers = await ask(rules.map((rule) => `series\t${SHOWN}\t${JSON.stringify(rule)}`));

	return answers.map((line) => line.split('\t')).map(([days, text]) => ({ days, text }));
}

const nextInC = (cases) => ask(cases.map((c) =>
	['next', c.occurrence, c.due_on, c.grid_on, c.done_on, c.outcome, JSON.stringify(c.rule)].join('\t')));

const checksInC = (rules) => ask(rules.map((rule) => `check\t${JSON.stringify(rule)}`));

// --- SQL ---------------------------------------------------------------------------

const BATCH = 4000;

/** One row of `columns` for each case `c`, two batches at a time. No case has a quote in it. */
async function select(columns, cases, from = '') {
	const batches = many(Math.ceil(cases.length / BATCH), (_, i) => cases.slice(i * BATCH, (i + 1) * BATCH));
	const rows = many(batches.length, () => []);
	const run = async (half) => {
		for (let i = half; i < batches.length; i += 2)
			rows[i] = await sql(`SELECT ${columns}
				FROM jsonb_array_elements('${JSON.stringify(batches[i])}') WITH ORDINALITY
				AS a(c, i) ${from}
				ORDER BY a.i`).catch((why) => assert.fail(why.message.slice(0, 600)));	// not the batch
	};

	await Promise.all([run(0), run(1)]);
	assert.equal(rows.flat().length, cases.length);
	return rows.flat();
}

/** Dates with commas between. Bars, since sql() drops empty lines. */
async function seriesInSql(rules, shown = SHOWN) {
	const rows = await select(`'|' || array_to_string(hob.rule_series(c, ${shown}), ',')`, rules);

	return rows.map((row) => row.slice(1));
}

const checksInSql = (rules) => select("CASE WHEN hob.has_next(c) THEN 'ok' ELSE 'no_next_date' END", rules);

async function nextInSql(cases) {
	const rows = await select('n.next, n.missed', cases,
		`LEFT JOIN LATERAL hob.next_due(c->'rule', (c->>'occurrence')::int,
		(c->>'due_on')::date, (c->>'grid_on')::date, (c->>'done_on')::date, c->>'outcome') n ON true`);

	return rows.map((row) => row.replace('|', '\t'));
}

const instantsInSql = (cases) => select(`to_char(
	hob.local_instant((c->>'day')::date, (c->>'time')::time, c->>'zone') AT TIME ZONE 'UTC',
	'YYYY-MM-DD"T"HH24:MI:SS"Z"')`, cases);

// --- comparing ---------------------------------------------------------------------

const asLine = ({ next: day, missed }) => `${day ?? ''}\t${missed}`;

/** Each case has the answer it should; a failure names some of those that do not. */
function same(cases, answers, wanted, what) {
	const wrong = cases.map((c, i) => ({ case: c.name ?? JSON.stringify(c), [what]: answers[i],
		wanted: wanted[i] }))
		.filter((row) => row[what] !== row.wanted);

	assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} of ${cases.length} are wrong in ${what}`);
}

const rulesOf = (cases) => cases.map((c) => c.rule);
const daysOf = (answers) => answers.map((answer) => answer.days);
const verdict = (days) => (days.includes(',') ? 'ok' : 'no_next_date');

describe('the vectors hold', () => {
	const { series: ofSeries, next: ofNext, instants, refused } = vectors;
	const days = ofSeries.map((c) => c.days.join());

	const verdicts = days.map(verdict);

	test('in C', async () => {
		same(ofSeries, daysOf(await seriesInC(rulesOf(ofSeries))), days, 'C');
		same(ofSeries, await checksInC(rulesOf(ofSeries)), verdicts, 'C');
		same(refused, await checksInC(rulesOf(refused)), refused.map((c) => c.code), 'C');
		same(ofNext, await nextInC(ofNext), ofNext.map(asLine), 'C');
	});

	test('in SQL', async () => {
		same(ofSeries, await seriesInSql(rulesOf(ofSeries)), days, 'SQL');
		same(ofSeries, await checksInSql(rulesOf(ofSeries)), verdicts, 'SQL');
		same(refused, await checksInSql(rulesOf(refused)), refused.map((c) => c.code), 'SQL');
		same(ofNext, await nextInSql(ofNext), ofNext.map(asLine), 'SQL');
	});

	test('in SQL, for instants', async () => {
		same(instants, await instantsInSql(instants), instants.map((c) => c.instant), 'SQL');
	});
});

// All at once, so that PostgreSQL works while rrule does.
describe(`rules by dice, HOB_SEED=${seed}`, { concurrency: true }, () => {
	const due = many(RULES, () => someRule('due'));
	const completion = many(ON_COMPLETION, () => someRule('completion'));
	const rules = [...due, ...completion];
	const byReference = (list) => mapped(list, (rule) => series(rule, SHOWN).join());
	const byRfc = lazily(() => mapped(due, (rule) => rfcDays(asRfc(rule))));
	const inC = lazily(() => seriesInC(rules));

	test('have by rrule the dates of the reference', async (t) => {
		const sample = due.slice(0, SAMPLE);

		same(sample, (await byRfc()).slice(0, SAMPLE), await byReference(sample), 'rrule');
		t.diagnostic(`${sample.length} rules compared`);
	});

	test('have in C the dates of rrule when they count from due', async (t) => {
		same(due, daysOf((await inC()).slice(0, RULES)), await byRfc(), 'C');
		t.diagnostic(`${due.length} rules compared`);
	});

	test('have in C the dates of the reference when they count from completion', async (t) => {
		same(completion, daysOf((await inC()).slice(RULES)), await byReference(completion), 'C');
		t.diagnostic(`${completion.length} rules compared`);
	});

	test('have an RRULE that means the same to rrule, or none on completion', async (t) => {
		const answers = await inC();
		const begun = due.map((rule, i) => ({ rule, ...answers[i] }))
			.filter((c) => c.days !== '' && !isLeftOut(c));

		same(begun, await mapped(begun, (c) => readText(c.text, c.days.slice(0, 10))),
			begun.map((c) => `${c.days} ${ends(c.rule)}`), 'RRULE');
		same(completion, answers.slice(RULES).map((answer) => answer.text), completion.map(() => ''), 'RRULE');
		t.diagnostic(`${begun.length} texts compared`);
	});

	test('are refused without a second date', async () => {
		const verdicts = (await inC()).map(({ days }) => verdict(days));

		same(rules, await checksInC(rules), verdicts, 'C');
		same(rules.slice(-SAMPLE), await checksInSql(rules.slice(-SAMPLE)), verdicts.slice(-SAMPLE), 'SQL');
	});

	test('have in SQL the dates of C', async (t) => {
		const firsts = (await inC()).map(({ days }) => days.split(',').slice(0, IN_SQL).join());

		same(rules, await seriesInSql(rules, IN_SQL), firsts, 'SQL');
		t.diagnostic(`${rules.length} rules compared`);
	});

	for (const anchor of ['due', 'completion']) {
		const cases = many(NEXTS, () => someNext(anchor));

		test(`lead from one ${anchor} to the next alike in C, SQL and the reference`, async (t) => {
			const wanted = await mapped(cases, (c) => asLine(next(c)));
			const [answers, rows] = await Promise.all([nextInC(cases), nextInSql(cases)]);

			same(cases, answers, wanted, 'C');
			same(cases, rows, wanted, 'SQL');
			t.diagnostic(`${cases.length} cases compared`);
		});
	}
});
