// reference.test.mjs: the reference itself is held to days that were read off a calendar, and
// the vectors to what it says. Needs no server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { instantOf, isRefused, next, series } from './reference.mjs';

const SERIES = [
	['the 31st, cut to the month', { unit: 'month', starts_on: '2026-01-31' },
		'2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31 2026-06-30 '
			+ '2026-07-31 2026-08-31 2026-09-30 2026-10-31 2026-11-30 2026-12-31'],
	['the 30th of every third month', { unit: 'month', every: 3, starts_on: '2025-11-30' },
		'2025-11-30 2026-02-28 2026-05-30 2026-08-30'],
	['the last day, 1900 being common', { unit: 'month', month_day: -1, starts_on: '1900-02-01' },
		'1900-02-28 1900-03-31 1900-04-30'],
	['the last day, 2000 being leap', { unit: 'month', month_day: -1, starts_on: '2000-01-31' },
		'2000-01-31 2000-02-29 2000-03-31'],
	['a month day that has passed', { unit: 'month', month_day: 5, starts_on: '2026-01-20' },
		'2026-02-05 2026-03-05 2026-04-05'],
	['29 February', { unit: 'year', starts_on: '2024-02-29' },
		'2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29'],
	['29 February across 2100', { unit: 'year', every: 4, starts_on: '2096-02-29' },
		'2096-02-29 2100-02-28 2104-02-29'],
	['the last Friday', { unit: 'month', nth_weekday: -1, weekdays: ['fri'], starts_on: '2026-01-01' },
		'2026-01-30 2026-02-27 2026-03-27 2026-04-24 2026-05-29 2026-06-26 '
			+ '2026-07-31 2026-08-28 2026-09-25 2026-10-30 2026-11-27 2026-12-25'],
	['the second Tuesday', { unit: 'month', nth_weekday: 2, weekdays: ['tue'], starts_on: '2026-01-14' },
		'2026-02-10 2026-03-10 2026-04-14'],
	['the fourth Thursday of November', { unit: 'year', nth_weekday: 4, weekdays: ['thu'],
		starts_on: '2026-11-01' }, '2026-11-26 2027-11-25 2028-11-23'],
	['every other day over a leap day', { unit: 'day', every: 2, starts_on: '2024-02-28' },
		'2024-02-28 2024-03-01 2024-03-03'],
	['Monday and Thursday of every other week',
		{ unit: 'week', every: 2, weekdays: ['thu', 'mon'], starts_on: '2026-06-03' },
		'2026-06-04 2026-06-15 2026-06-18 2026-06-29 2026-07-02'],
	['Sunday ends the week that Monday begins',
		{ unit: 'week', every: 2, weekdays: ['sun', 'mon'], starts_on: '2026-06-01' },
		'2026-06-01 2026-06-07 2026-06-15 2026-06-21'],
	['a week without weekdays', { unit: 'week', starts_on: '2026-02-25' }, '2026-02-25 2026-03-04 2026-03-11'],
	['until a date', { unit: 'week', until: '2026-03-04', starts_on: '2026-02-25' },
		'2026-02-25 2026-03-04', 'whole'],
	['until the day before it', { unit: 'week', until: '2026-03-03', starts_on: '2026-02-25' },
		'2026-02-25', 'whole'],
	['three times', { unit: 'day', count: 3, starts_on: '2026-12-30' },
		'2026-12-30 2026-12-31 2027-01-01', 'whole'],
	['to the end of 2200, a Wednesday', { unit: 'week', weekdays: ['wed'], starts_on: '2200-12-23' },
		'2200-12-24 2200-12-31', 'whole'],
	['a month after the 31st drifts', { unit: 'month', anchor: 'completion', starts_on: '2026-01-31' },
		'2026-01-31 2026-02-28 2026-03-28'],
	['a month later, then the last Friday',
		{ unit: 'month', nth_weekday: -1, weekdays: ['fri'], anchor: 'completion', starts_on: '2026-01-01' },
		'2026-01-30 2026-03-27 2026-05-29 2026-07-31'],
];

describe('the dates of', () => {
	for (const [name, rule, wanted, whole] of SERIES)
		test(name, () => {
			const days = wanted.split(' ');

			assert.deepEqual(series(rule, whole ? 12 : days.length), days);
			assert.equal(isRefused(rule), days.length < 2);
		});
});

const mondays = { unit: 'week', weekdays: ['mon'], starts_on: '2026-06-01' };
const afterwards = (rule) => ({ anchor: 'completion', starts_on: '2026-01-01', ...rule });

// Rule, grid_on, due_on, done_on, what follows, how many were missed.
const NEXT = [
	['on time', mondays, '2026-06-08', '2026-06-08', '2026-06-08', '2026-06-15', 0],
	['early by a whole week', mondays, '2026-06-08', '2026-06-08', '2026-06-01', '2026-06-15', 0],
	['late', mondays, '2026-06-08', '2026-06-08', '2026-06-14', '2026-06-15', 0],
	['late, on a date', mondays, '2026-06-08', '2026-06-08', '2026-06-15', '2026-06-22', 1],
	['late by three dates', mondays, '2026-06-08', '2026-06-08', '2026-06-30', '2026-07-06', 3],
	['snoozed past a date, which is not missed', mondays, '2026-06-08', '2026-06-17', '2026-06-17',
		'2026-06-22', 0],
	['moved forward', mondays, '2026-06-08', '2026-06-05', '2026-06-05', '2026-06-15', 0],
	['a year of days', { unit: 'day', starts_on: '1900-01-01' }, '1900-01-01', '1900-01-01', '1900-12-31',
		'1901-01-01', 364],
	['the last, with some missed', { ...mondays, until: '2026-06-28' }, '2026-06-08', '2026-06-08',
		'2026-06-30', null, 3],
	['the only one', { ...mondays, count: 1 }, '2026-06-08', '2026-06-08', '2026-06-08', null, 0],
	['3 days later', afterwards({ unit: 'day', every: 3 }), '2026-02-20', '2026-02-20', '2026-02-27',
		'2026-03-02', 0],
	['a month after 31 January', afterwards({ unit: 'month' }), '2026-01-20', '2026-01-20', '2026-01-31',
		'2026-02-28', 0],
	['a month later, then the 31st', afterwards({ unit: 'month', month_day: 31 }), '2026-01-31', '2026-01-31',
		'2026-02-01', '2026-03-31', 0],
	['a year later, then the 15th', afterwards({ unit: 'year', month_day: 15 }), '2026-07-15', '2026-07-15',
		'2026-07-20', '2027-08-15', 0],
	['a week later, then Monday', afterwards({ unit: 'week', weekdays: ['mon'] }), '2026-06-08', '2026-06-08',
		'2026-06-09', '2026-06-22', 0],
];

describe('what follows', () => {
	for (const [name, rule, grid_on, due_on, done_on, day, missed] of NEXT)
		test(name, () => {
			const asked = { rule, occurrence: 1, due_on, grid_on, done_on, outcome: 'done' };

			assert.deepEqual(next(asked), { next: day, missed });
		});

	test('a skip, from the day it was due or later', () => {
		const asked = { rule: afterwards({ unit: 'week' }), occurrence: 1, due_on: '2026-06-20',
			grid_on: '2026-06-10', outcome: 'skipped' };

		assert.equal(next({ ...asked, done_on: '2026-06-15' }).next, '2026-06-27');
		assert.equal(next({ ...asked, done_on: '2026-06-21' }).next, '2026-06-28');
	});
});

const INSTANTS = [
	['America/New_York', '2026-03-08', '02:30', '2026-03-08T07:30:00Z', 'in a gap, an hour on'],
	['America/New_York', '2026-11-01', '01:30', '2026-11-01T05:30:00Z', 'twice, the first'],
	['America/Sao_Paulo', '2018-11-04', '00:00', '2018-11-04T03:00:00Z', 'no midnight'],
	['Australia/Lord_Howe', '2026-10-04', '02:15', '2026-10-03T15:45:00Z', 'in a gap of half an hour'],
	['Australia/Lord_Howe', '2026-04-05', '01:45', '2026-04-04T14:45:00Z', 'twice within half an hour'],
	['Asia/Kolkata', '2026-03-29', '02:30', '2026-03-28T21:00:00Z', 'as any other day'],
];

describe('the instant of a local time', () => {
	for (const [zone, day, time, instant, name] of INSTANTS)
		test(`${name}: ${zone} ${day} ${time}`, () => {
			assert.equal(instantOf({ zone, day, time }), instant);
		});
});

test('t/vectors/recurrence.json is what vectors.mjs prints', () => {
	const script = fileURLToPath(new URL('vectors.mjs', import.meta.url));
	const printed = execFileSync(process.execPath, [script], { encoding: 'utf8', maxBuffer: 2 ** 26 });

	assert.ok(printed === readFileSync(new URL('../vectors/recurrence.json', import.meta.url), 'utf8'),
		'run: node t/recurrence/vectors.mjs > t/vectors/recurrence.json');
});
