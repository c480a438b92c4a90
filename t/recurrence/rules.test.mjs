// rules.test.mjs: app/model/recurrence.c and hob.next_due of the database against the vectors,
// against a naive reference, against each other, and against the npm library rrule.
//
//   HOB_SEED=7 scripts/test recurrence     other dice; HOB_RULES=1000000: longer
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';

import { nobody } from '../api/support/client.mjs';
import { day, full, next, series, text } from './reference.mjs';
import { askDatabase, askProgram, Dice, SEED } from './support.mjs';

const require = createRequire(new URL('../contract/package.json', import.meta.url));
const { RRule } = require('rrule');

const RULES = Number(process.env.HOB_RULES ?? 100000);
const DAYS = 12;
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const vectors = JSON.parse(readFileSync(new URL('../vectors/recurrence.json', import.meta.url), 'utf8'));

const seriesLine = (rule, n = DAYS) => `series\t${n}\t${JSON.stringify(rule)}`;
const nextLine = (c) => `next\t${c.occurrence}\t${c.due_on}\t${c.grid_on}\t${c.done_on}\t${c.outcome}\t${JSON.stringify(c.rule)}`;
const NEXT_SQL = `SELECT coalesce(s.next::text, '') || E'\\t' || s.missed FROM hob.next_due(c -> 'rule', (c ->> 'occurrence')::int,
	(c ->> 'due_on')::date, (c ->> 'grid_on')::date, (c ->> 'done_on')::date, c ->> 'outcome') s`;
const SERIES_SQL = `array_to_string(hob.rule_series(c, ${DAYS}), ',')`;

/** Fails with the first few cases on which two lists of answers differ. */
function expectSame(cases, answers, expected, who) {
	const wrong = cases.flatMap((c, i) => (answers[i] === expected[i] ? []
		: [`${JSON.stringify(c)}:\n\t${who}: ${answers[i]}\n\texpected: ${expected[i]}`]));

	assert.equal(wrong.length, 0, `${wrong.length} of ${cases.length} differ:\n${wrong.slice(0, 5).join('\n')}`);
	assert.equal(answers.length, cases.length);
}

describe('the reference', () => {
	// Read off a calendar.
	const KNOWN = [
		[{ unit: 'month', starts_on: '2026-01-31' }, '01-31 02-28 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31'],
		[{ unit: 'month', nth_weekday: -1, weekdays: ['fri'], starts_on: '2026-01-01' }, '01-30 02-27 03-27 04-24 05-29 06-26 07-31 08-28 09-25 10-30 11-27 12-25'],
		[{ unit: 'month', nth_weekday: 2, weekdays: ['tue'], starts_on: '2026-01-14' }, '02-10 03-10 04-14 05-12 06-09 07-14 08-11 09-08 10-13 11-10 12-08'],
		[{ unit: 'week', every: 2, weekdays: ['mon', 'thu'], starts_on: '2026-11-25' }, '11-26 12-07 12-10 12-21 12-24'],
		[{ unit: 'day', every: 100, starts_on: '2026-01-01' }, '01-01 04-11 07-20 10-28'],
		[{ unit: 'month', every: 3, month_day: -1, starts_on: '2026-02-01' }, '02-28 05-31 08-31 11-30'],
	];

	for (const [rule, expected] of KNOWN)
		test(`knows ${JSON.stringify(rule)}`, () => {
			const year = series(rule, 20).filter((d) => d < '2027').map((d) => d.slice(5));

			assert.equal(year.slice(0, DAYS).join(' '), expected);
		});

	test('knows leap days, and what is missed', () => {
		assert.deepEqual(series({ unit: 'year', starts_on: '2096-02-29' }, 6),
			['2096-02-29', '2097-02-28', '2098-02-28', '2099-02-28', '2100-02-28', '2101-02-28']);
		const late = { occurrence: 1, due_on: '2026-11-02', grid_on: '2026-11-02', done_on: '2026-11-18', outcome: 'done' };
		assert.deepEqual(next({ unit: 'week', starts_on: '2026-11-02' }, late), { next: '2026-11-23', missed: 2 });
	});
});

describe('the vectors', () => {
	test('are more than three hundred, each with a name of its own', () => {
		const all = Object.values(vectors).filter(Array.isArray).flat();

		assert.ok(all.length >= 300, `${all.length}`);
		assert.ok(vectors.series.length >= 100 && vectors.next.length >= 150 && vectors.instants.length >= 25);
		for (const list of Object.values(vectors).filter(Array.isArray))
			assert.equal(new Set(list.map((c) => c.name)).size, list.length);
		assert.ok(new Set(vectors.instants.map((c) => c.zone)).size >= 3);
	});

	test('are what the reference says', () => {
		for (const c of vectors.series)
			assert.deepEqual(c.days, series(c.rule, DAYS), c.name);
		for (const c of vectors.next)
			assert.deepEqual({ next: c.next, missed: c.missed }, next(c.rule, c), c.name);
	});

	test('hold in the program', async () => {
		const days = await askProgram(vectors.series.map((c) => seriesLine(c.rule)));
		const steps = await askProgram(vectors.next.map(nextLine));
		const refused = await askProgram(vectors.refused.map((c) => `check\t${JSON.stringify(c.rule)}`));

		expectSame(vectors.series, days.map((line) => line.split('\t')[0]), vectors.series.map((c) => c.days.join()), 'program');
		expectSame(vectors.next, steps, vectors.next.map((c) => `${c.next ?? ''}\t${c.missed}`), 'program');
		expectSame(vectors.refused, refused, vectors.refused.map((c) => c.code), 'program');
	});

	test('hold in the database', async () => {
		const instants = await askDatabase(`to_char(hob.local_instant((c ->> 'day')::date, (c ->> 'time')::time, c ->> 'zone')
			AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`, vectors.instants);

		expectSame(vectors.series, await askDatabase(SERIES_SQL, vectors.series.map((c) => c.rule)), vectors.series.map((c) => c.days.join()), 'database');
		expectSame(vectors.next, await askDatabase(NEXT_SQL, vectors.next), vectors.next.map((c) => `${c.next ?? ''}\t${c.missed}`), 'database');
		expectSame(vectors.instants, instants, vectors.instants.map((c) => c.instant), 'database');
		expectSame(vectors.refused, await askDatabase("hob.has_next(c -> 'rule')", vectors.refused), vectors.refused.map(() => 'false'), 'database');
	});

	test('are served to clients at a stable address', async () => {
		const res = await nobody.get('/api/docs/recurrence.json');

		assert.equal(res.status, 200, res.text);
		assert.match(res.headers['content-type'], /^application\/json/);
		assert.deepEqual(JSON.parse(res.text), vectors);
	});
});

// --- generated rules --------------------------------------------------------------------

/** Any rule; with an anchor of `completion` only where that is asked for. */
function generate(dice, anchors) {
	const unit = dice.pick(['day', 'week', 'month', 'year']);
	const monthly = unit === 'month' || unit === 'year';
	const kind = dice.roll(3);
	const rule = full({ unit, every: dice.roll(4) ? 1 + dice.roll(6) : 1 + dice.roll(999), anchor: dice.pick(anchors),
		starts_on: text(day('1900-01-01') + dice.roll(day('2190-01-01') - day('1900-01-01'))) });

	if (unit === 'week' && kind > 0)
		rule.weekdays = WEEKDAYS.filter(() => dice.roll(3) === 0);
	if (monthly && kind === 1)
		rule.month_day = dice.pick([-1, 1 + dice.roll(31), 28 + dice.roll(4)]);
	if (monthly && kind === 2)
		Object.assign(rule, { nth_weekday: dice.pick([1, 2, 3, 4, -1]), weekdays: [dice.pick(WEEKDAYS)] });
	const end = dice.roll(6);
	if (end === 0)
		rule.count = 1 + dice.roll(15);
	if (end === 1)
		rule.until = text(Math.min(day('2200-12-31'), day(rule.starts_on) + dice.roll(2000)));
	return rule;
}

/** The same rule for the library; every member worked out here, none taken from Hob. */
function toRRule(rule) {
	const [y, m, d] = rule.starts_on.split('-').map(Number);
	const codes = [RRule.MO, RRule.TU, RRule.WE, RRule.TH, RRule.FR, RRule.SA, RRule.SU];
	const code = (name) => codes[WEEKDAYS.indexOf(name)];
	// A month that is begun late in it still counts as the first: its start is the first of it.
	const monthly = rule.unit === 'month' || rule.unit === 'year';
	const from = new Date(Date.UTC(y, m - 1, monthly ? 1 : d));
	const options = { dtstart: from, interval: rule.every, wkst: RRule.MO,
		freq: { day: RRule.DAILY, week: RRule.WEEKLY, month: RRule.MONTHLY, year: RRule.YEARLY }[rule.unit] };

	if (rule.unit === 'year')
		options.bymonth = m;
	if (rule.unit === 'week')
		options.byweekday = rule.weekdays.length ? rule.weekdays.map(code) : undefined;
	if (rule.nth_weekday !== null)
		options.byweekday = [code(rule.weekdays[0]).nth(rule.nth_weekday)];
	else if (monthly) {
		const wanted = rule.month_day ?? d;
		const days = Array.from({ length: Math.max(wanted - 27, 1) }, (_, i) => Math.min(wanted, 28) + i);

		Object.assign(options, wanted === -1 ? { bymonthday: -1 } : { bymonthday: days, bysetpos: -1 });
	}
	return new RRule(options);
}

function librarySeries(rule) {
	const first = new Date(`${rule.starts_on}T00:00:00Z`);
	const most = Math.min(DAYS, rule.count ?? DAYS);
	const last = rule.until ?? '2200-12-31';
	const days = [];

	toRRule(rule).all((date) => {
		const on = date.toISOString().slice(0, 10);

		if (on > last)
			return false;
		if (date >= first)
			days.push(on);
		return days.length < most;
	});
	return days.slice(0, most).join();
}

function rruleSeries(rrule, first) {
	const options = RRule.parseString(rrule);
	const days = [];

	new RRule({ ...options, dtstart: new Date(`${first}T00:00:00Z`) }).all((date) => {
		days.push(date.toISOString().slice(0, 10));
		return days.length < DAYS && days.at(-1) <= '2200-12-31';
	});
	return days.filter((d) => d <= '2200-12-31').slice(0, DAYS).join();
}

describe('generated rules', () => {
	const dice = new Dice(SEED);
	const rules = Array.from({ length: RULES }, () => generate(dice, ['due']));

	console.log(`${RULES} rules of seed ${SEED}`);

	test('have the days that rrule finds, and so has the RRULE that calendars are given', async () => {
		const answers = (await askProgram(rules.map((rule) => seriesLine(rule)))).map((line) => line.split('\t'));
		const mapped = rules.map((rule, i) => [rule, ...answers[i]]).filter(([, days, rrule], i) => rrule && days && i % 5 === 0);

		expectSame(rules, answers.map(([days]) => days), rules.map(librarySeries), 'program');
		assert.ok(mapped.length > RULES / 10, `${mapped.length}`);
		expectSame(mapped, mapped.map(([, days, rrule]) => rruleSeries(rrule, days.slice(0, 10))), mapped.map(([, days]) => days), 'RRULE');
	});

	test('have the same days in the database', async () => {
		const some = rules.slice(0, RULES / 5);
		const days = (await askProgram(some.map((rule) => seriesLine(rule)))).map((line) => line.split('\t')[0]);

		expectSame(some, await askDatabase(SERIES_SQL, some), days, 'database');
	});

	test('step alike in the program, in the database and in the reference', async () => {
		const cases = Array.from({ length: RULES / 5 }, (_, i) => {
			const rule = generate(dice, ['due', 'completion']);
			const due = day(rule.starts_on) + dice.roll(400);
			const near = () => text(Math.min(day('2200-12-31'), Math.max(day('1900-01-01'), due + dice.roll(i % 7 ? 60 : 4000) - 20)));

			return { rule, occurrence: 1 + dice.roll(12), due_on: text(due), grid_on: dice.roll(3) ? text(due) : near(),
				done_on: near(), outcome: dice.pick(['done', 'done', 'skipped']) };
		});
		const answers = await askProgram(cases.map(nextLine));
		const some = cases.slice(0, 3000);

		expectSame(cases, await askDatabase(NEXT_SQL, cases), answers, 'database');
		expectSame(some, answers.slice(0, some.length), some.map((c) => {
			const expected = next(c.rule, c);

			return `${expected.next ?? ''}\t${expected.missed}`;
		}), 'program');
	});
});
