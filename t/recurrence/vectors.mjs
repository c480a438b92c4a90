// vectors.mjs: cases of recurrence chosen by hand, with the answers of reference.mjs:
//
//   node t/recurrence/vectors.mjs > t/vectors/recurrence.json
//
// What is here are questions only. A family of cases is a loop where a person would have
// written the same line with other numbers. 2026-01-01 is a Thursday, 2026-06-01 a Monday.
import { full, instantOf, isRefused, next, series, WEEKDAYS } from './reference.mjs';

const ABOUT = 'Rules of recurrence and the days they make; instants of local times. '
	+ 'Printed by t/recurrence/vectors.mjs: change it there.';

const SHOWN = 12;

// --- dates of a series: [name, rule] -----------------------------------------------

const ORDINAL = { 1: 'first', 2: 'second', 3: 'third', 4: 'fourth', '-1': 'last' };
const NTH = [1, 2, 3, 4, -1];
const MONTHS = [1, 2, 3, 6, 12, 13, 999];

const days = [1, 2, 3, 7, 10, 14, 28, 30, 31, 90, 100, 365, 366, 999]
	.map((every) => [`every ${every} days`, { unit: 'day', every, starts_on: '2026-01-01' }]);

const weeks = [
	...WEEKDAYS.map((name, i) => [`weekly from a ${name}`, { unit: 'week', starts_on: `2026-06-0${i + 1}` }]),
	...[2, 3, 52, 53, 999].map((every) =>
		[`every ${every} weeks from a Sunday`, { unit: 'week', every, starts_on: '2026-05-31' }]),
];

// From each a day inside and a day outside, if there is one, both in the week of 2026-06-01.
const SETS = [
	[['wed'], '03', '04'], [['mon'], '01', '07'], [['sun'], '07', '01'],
	[['mon', 'thu'], '01', '02'], [['sat', 'sun'], '06', '05'], [['mon', 'wed', 'fri'], '05', '06'],
	[['tue', 'thu', 'sat', 'sun'], '04', '05'], [['mon', 'tue', 'wed', 'thu', 'fri'], '03', '06'],
	[['mon', 'tue', 'wed', 'fri', 'sat', 'sun'], '07', '04'], [WEEKDAYS, '04'],
	[['sun', 'wed', 'mon'], '03', '05'],
];
const sets = SETS.flatMap(([weekdays, ...starts]) => starts.flatMap((start, outside) =>
	[1, 2, 3, 52].map((every) => [
		`${weekdays.join(' ')}, every ${every} weeks, from a day ${outside ? 'outside' : 'inside'}`,
		{ unit: 'week', every, weekdays, starts_on: `2026-06-${start}` }])));

const monthEnds = [
	...[29, 30, 31, -1].flatMap((month_day) => MONTHS.map((every) =>
		[`month day ${month_day}, every ${every} months`,
			{ unit: 'month', every, month_day, starts_on: '2026-01-01' }])),
	...[29, 30, 31].flatMap((date) => MONTHS.slice(0, 4).map((every) =>
		[`the ${date} of starts_on, every ${every} months`,
			{ unit: 'month', every, starts_on: `2026-01-${date}` }])),
	...['1900-01-31', '1999-12-31', '2024-01-30', '2027-12-29', '2100-01-31'].map((starts_on) =>
		[`monthly from ${starts_on}`, { unit: 'month', starts_on }]),
];

const months = [
	['month day 5, from the 20th', { unit: 'month', month_day: 5, starts_on: '2026-01-20' }],
	['month day 20, from the 20th', { unit: 'month', month_day: 20, starts_on: '2026-01-20' }],
	['month day 21, from the 20th', { unit: 'month', month_day: 21, starts_on: '2026-01-20' }],
	['month day 1, every 2 months, from the 2nd',
		{ unit: 'month', every: 2, month_day: 1, starts_on: '2026-01-02' }],
	['month day 31, from the last of a short month', { unit: 'month', month_day: 31, starts_on: '2026-02-28' }],
	['month day 31, every 2 months, all of them short',
		{ unit: 'month', every: 2, month_day: 31, starts_on: '2026-02-01' }],
	['month day 30, every 12 months, in February',
		{ unit: 'month', every: 12, month_day: 30, starts_on: '2026-02-01' }],
	['the last day, from the last day', { unit: 'month', month_day: -1, starts_on: '2026-02-28' }],
	['the 28th of a short month stays the 28th', { unit: 'month', starts_on: '2026-02-28' }],
	['the 29th of February, monthly', { unit: 'month', starts_on: '2028-02-29' }],
];

const years = [
	...['1904-02-29', '1996-02-29', '2024-02-29', '2096-02-29'].map((starts_on) =>
		[`yearly from ${starts_on}`, { unit: 'year', starts_on }]),
	...[2, 3, 4, 100].map((every) =>
		[`29 February, every ${every} years`, { unit: 'year', every, starts_on: '1996-02-29' }]),
	['28 February, yearly', { unit: 'year', starts_on: '1999-02-28' }],
	['28 February 1900, every 4 years', { unit: 'year', every: 4, starts_on: '1900-02-28' }],
	['month day 29 of February', { unit: 'year', month_day: 29, starts_on: '1999-02-10' }],
	['month day 30 of February', { unit: 'year', month_day: 30, starts_on: '2099-02-10' }],
	['month day 31 of February', { unit: 'year', month_day: 31, starts_on: '2199-02-28' }],
	['the last of February', { unit: 'year', month_day: -1, starts_on: '1900-01-31' }],
	['the last of February, from the 29th', { unit: 'year', month_day: -1, starts_on: '2024-02-29' }],
	['month day 31 of April', { unit: 'year', month_day: 31, starts_on: '2026-04-01' }],
	['month day 1, from the 2nd: a year later', { unit: 'year', month_day: 1, starts_on: '2026-03-02' }],
	['every 25 years', { unit: 'year', every: 25, starts_on: '1900-01-01' }],
	['31 December', { unit: 'year', starts_on: '1999-12-31' }],
];

const nth = [
	...WEEKDAYS.flatMap((name) => NTH.map((nth_weekday) =>
		[`the ${ORDINAL[nth_weekday]} ${name} of the month`,
			{ unit: 'month', nth_weekday, weekdays: [name], starts_on: '2026-01-01' }])),
	...MONTHS.slice(1).map((every) => [`the last fri, every ${every} months`,
		{ unit: 'month', every, nth_weekday: -1, weekdays: ['fri'], starts_on: '2026-01-01' }]),
	['the first thu, from that day', { unit: 'month', nth_weekday: 1, weekdays: ['thu'], starts_on: '2026-01-01' }],
	['the first thu, from the day after',
		{ unit: 'month', nth_weekday: 1, weekdays: ['thu'], starts_on: '2026-01-02' }],
	['the second tue, every 2 months, from after it',
		{ unit: 'month', every: 2, nth_weekday: 2, weekdays: ['tue'], starts_on: '2026-01-14' }],
	['the fourth sun of a February of 28 days is the last',
		{ unit: 'year', nth_weekday: 4, weekdays: ['sun'], starts_on: '2026-02-01' }],
	['the last sat of February', { unit: 'year', nth_weekday: -1, weekdays: ['sat'], starts_on: '2019-02-01' }],
	['the last mon of May', { unit: 'year', nth_weekday: -1, weekdays: ['mon'], starts_on: '2026-05-31' }],
	['the fourth thu of November', { unit: 'year', nth_weekday: 4, weekdays: ['thu'], starts_on: '2026-11-01' }],
	['the first mon of September, every 3 years',
		{ unit: 'year', every: 3, nth_weekday: 1, weekdays: ['mon'], starts_on: '2026-09-08' }],
	['the third wed of March, around 2100',
		{ unit: 'year', nth_weekday: 3, weekdays: ['wed'], starts_on: '2095-03-01' }],
];

// The third date of each is the day named.
const BOUNDED = [
	['day', { unit: 'day', every: 10, starts_on: '2026-01-01' }, ['2026-01-20', '2026-01-21', '2026-01-22']],
	['week', { unit: 'week', weekdays: ['mon', 'thu'], starts_on: '2026-06-02' },
		['2026-06-10', '2026-06-11', '2026-06-12']],
	['month', { unit: 'month', month_day: -1, starts_on: '2026-01-01' },
		['2026-03-30', '2026-03-31', '2026-04-01']],
	['year', { unit: 'year', starts_on: '2024-02-29' }, ['2026-02-27', '2026-02-28', '2026-03-01']],
	['nth', { unit: 'month', nth_weekday: 2, weekdays: ['tue'], starts_on: '2026-01-01' },
		['2026-03-09', '2026-03-10', '2026-03-11']],
	['completion', { unit: 'month', anchor: 'completion', starts_on: '2026-01-31' },
		['2026-03-27', '2026-03-28', '2026-03-29']],
];
const WHERE = ['before', 'on', 'after'];

const bounds = [
	...BOUNDED.flatMap(([name, rule, ends]) => ends.map((until, i) =>
		[`${name}: until ${WHERE[i]} the third date`, { ...rule, until }])),
	...[2, 3, 11, 12, 13, 9999]
		.map((count) => [`${count} times`, { unit: 'week', count, starts_on: '2026-06-01' }]),
	['3 times on completion', { unit: 'day', every: 5, anchor: 'completion', count: 3, starts_on: '2026-06-01' }],
	['until the first date only', { unit: 'day', starts_on: '2026-06-01', until: '2026-06-01' }],
	['until before the first date', { unit: 'month', month_day: 20, starts_on: '2026-06-01', until: '2026-06-19' }],
	['once', { unit: 'day', starts_on: '2026-06-01', count: 1 }],
];

const theEnd = [
	['daily into the end of 2200', { unit: 'day', starts_on: '2200-12-27' }],
	['every 2 days into the end of 2200', { unit: 'day', every: 2, starts_on: '2200-12-24' }],
	['weekdays into the end of 2200', { unit: 'week', weekdays: ['wed', 'thu'], starts_on: '2200-12-15' }],
	['monthly into the end of 2200', { unit: 'month', starts_on: '2200-08-31' }],
	['yearly into the end of 2200', { unit: 'year', starts_on: '2195-12-31' }],
	['29 February into the end of 2200, which is common', { unit: 'year', starts_on: '2192-02-29' }],
	['the last wed into the end of 2200',
		{ unit: 'month', nth_weekday: -1, weekdays: ['wed'], starts_on: '2200-10-01' }],
	['999 years are never over', { unit: 'year', every: 999, starts_on: '1900-01-01' }],
	['300 years just fit', { unit: 'year', every: 300, starts_on: '1900-12-31' }],
	['from the last day there is', { unit: 'day', starts_on: '2200-12-31' }],
	['month day 5 after it has passed for good', { unit: 'month', month_day: 5, starts_on: '2200-12-06' }],
	['on completion into the end of 2200', { unit: 'month', anchor: 'completion', starts_on: '2200-09-30' }],
	['999 weeks', { unit: 'week', every: 999, starts_on: '1900-01-01' }],
];

const onCompletion = [
	['3 days', { unit: 'day', every: 3, starts_on: '2026-06-01' }],
	['999 days', { unit: 'day', every: 999, starts_on: '2026-06-01' }],
	['2 weeks', { unit: 'week', every: 2, starts_on: '2026-06-03' }],
	['a week, then mon', { unit: 'week', weekdays: ['mon'], starts_on: '2026-06-03' }],
	['a week, then mon or thu', { unit: 'week', weekdays: ['thu', 'mon'], starts_on: '2026-06-02' }],
	['2 weeks, any day', { unit: 'week', every: 2, weekdays: WEEKDAYS, starts_on: '2026-06-02' }],
	['a month from the 31st drifts', { unit: 'month', starts_on: '2026-01-31' }],
	['a month, then the 31st', { unit: 'month', month_day: 31, starts_on: '2026-01-15' }],
	['a month, then the last', { unit: 'month', month_day: -1, starts_on: '2024-01-31' }],
	['a month, then the 5th', { unit: 'month', month_day: 5, starts_on: '2026-01-20' }],
	['3 months, then the 30th', { unit: 'month', every: 3, month_day: 30, starts_on: '2026-11-30' }],
	['a month, then the last fri', { unit: 'month', nth_weekday: -1, weekdays: ['fri'], starts_on: '2026-01-01' }],
	['a month, then the first mon', { unit: 'month', nth_weekday: 1, weekdays: ['mon'], starts_on: '2026-01-01' }],
	['a year from 29 February drifts', { unit: 'year', starts_on: '2024-02-29' }],
	['4 years from 29 February', { unit: 'year', every: 4, starts_on: '2088-02-29' }],
	['a year, then the 15th of any month', { unit: 'year', month_day: 15, starts_on: '2026-01-20' }],
	['a year, then the third sun of any month',
		{ unit: 'year', nth_weekday: 3, weekdays: ['sun'], starts_on: '2026-01-20' }],
].map(([name, rule]) => [`on completion: ${name}`, { ...rule, anchor: 'completion' }]);

const SERIES = [...days, ...weeks, ...sets, ...monthEnds, ...months, ...years, ...nth, ...bounds, ...theEnd,
	...onCompletion];

// --- what follows: [name, rule, due_on, done_on, what is not the usual] ------------

// Each with a date of its grid, and days on which that is done.
const DONE = [
	['every 3 days', { unit: 'day', every: 3, starts_on: '2026-06-01' }, '2026-06-07',
		{ early: '2026-06-05', 'a period early': '2026-06-02', 'on time': '2026-06-07',
			'a day late': '2026-06-08', 'on the next date': '2026-06-10',
			'late by three dates': '2026-06-17' }],
	['mon and thu', { unit: 'week', weekdays: ['mon', 'thu'], starts_on: '2026-06-01' }, '2026-06-08',
		{ early: '2026-06-07', 'a period early': '2026-06-04', 'on time': '2026-06-08',
			'a day late': '2026-06-09', 'on the next date': '2026-06-11',
			'late by three dates': '2026-06-19' }],
	['every 2 weeks', { unit: 'week', every: 2, starts_on: '2026-06-07' }, '2026-06-21',
		{ early: '2026-06-20', 'a period early': '2026-06-07', 'on time': '2026-06-21',
			'a day late': '2026-06-22', 'on the next date': '2026-07-05',
			'late by three dates': '2026-08-03' }],
	['the 31st', { unit: 'month', month_day: 31, starts_on: '2026-01-01' }, '2026-02-28',
		{ early: '2026-02-27', 'a period early': '2026-01-31', 'on time': '2026-02-28',
			'a day late': '2026-03-01', 'on the next date': '2026-03-31',
			'late by three dates': '2026-06-01' }],
	['29 February', { unit: 'year', starts_on: '2024-02-29' }, '2026-02-28',
		{ early: '2026-02-01', 'a period early': '2025-02-01', 'on time': '2026-02-28',
			'a day late': '2026-03-01', 'on the next date': '2027-02-28',
			'late by three dates': '2029-12-31' }],
	['the last fri', { unit: 'month', nth_weekday: -1, weekdays: ['fri'], starts_on: '2026-01-01' }, '2026-05-29',
		{ early: '2026-05-28', 'a period early': '2026-04-20', 'on time': '2026-05-29',
			'a day late': '2026-05-30', 'on the next date': '2026-06-26',
			'late by three dates': '2026-08-30' }],
];
const done = DONE.flatMap(([name, rule, due, on]) => Object.entries(on).map(([when, done_on]) =>
	[`${name}, done ${when}`, rule, due, done_on]));
const skipped = DONE.flatMap(([name, rule, due, on]) => ['early', 'on the next date'].map((when) =>
	[`${name}, skipped ${when}`, rule, due, on[when], { outcome: 'skipped' }]));

const weekly = { unit: 'week', weekdays: ['mon'], starts_on: '2026-06-01' };
const monthly = { unit: 'month', starts_on: '2026-01-31' };
const moved = [
	['snoozed two days, done then', weekly, '2026-06-10', '2026-06-10', { grid_on: '2026-06-08' }],
	['snoozed two days, done before', weekly, '2026-06-10', '2026-06-09', { grid_on: '2026-06-08' }],
	['snoozed two days, done on its old day', weekly, '2026-06-10', '2026-06-08', { grid_on: '2026-06-08' }],
	['snoozed onto the next date', weekly, '2026-06-15', '2026-06-15', { grid_on: '2026-06-08' }],
	['snoozed past the next date', weekly, '2026-06-17', '2026-06-17', { grid_on: '2026-06-08' }],
	['snoozed past the next date, done early', weekly, '2026-06-17', '2026-06-09', { grid_on: '2026-06-08' }],
	['snoozed past two dates, done late by one', weekly, '2026-06-24', '2026-06-30', { grid_on: '2026-06-08' }],
	['moved forward, done then', weekly, '2026-06-05', '2026-06-05', { grid_on: '2026-06-08' }],
	['moved forward, done between', weekly, '2026-06-05', '2026-06-07', { grid_on: '2026-06-08' }],
	['moved forward, done on its old day', weekly, '2026-06-05', '2026-06-08', { grid_on: '2026-06-08' }],
	['moved forward, done on the next date', weekly, '2026-06-05', '2026-06-15', { grid_on: '2026-06-08' }],
	['moved forward past the date before', weekly, '2026-05-29', '2026-05-29', { grid_on: '2026-06-08' }],
	['moved before starts_on', weekly, '2026-05-20', '2026-05-21', { grid_on: '2026-06-01' }],
	['month end snoozed into the next month', monthly, '2026-03-02', '2026-03-02', { grid_on: '2026-02-28' }],
	['month end snoozed past the next one', monthly, '2026-04-01', '2026-04-30', { grid_on: '2026-02-28' }],
	['snoozed and skipped', weekly, '2026-06-17', '2026-06-16', { grid_on: '2026-06-08', outcome: 'skipped' }],
	['due before the grid begins', weekly, '2026-05-20', '2026-06-03'],
	['due on a day that is no date', weekly, '2026-06-03', '2026-06-10'],
	['due and done before the grid begins', weekly, '2026-05-06', '2026-05-07'],
];

const missed = [
	...[0, 1, 2, 9, 29].map((late) => [`daily, ${late} days late`, { unit: 'day', starts_on: '2026-06-01' },
		'2026-06-01', `2026-06-${String(1 + late).padStart(2, '0')}`]),
	...['1900-01-01', '1950-07-15', '1970-01-01'].flatMap((due) => [
		['daily', { unit: 'day' }], ['every 7 days', { unit: 'day', every: 7 }], ['weekly', { unit: 'week' }],
		['all weekdays but one', { unit: 'week', every: 2, weekdays: WEEKDAYS.slice(0, 6) }],
		['monthly', { unit: 'month' }], ['yearly', { unit: 'year' }],
		['the third tue', { unit: 'month', nth_weekday: 3, weekdays: ['tue'] }],
	].map(([name, rule]) => [`${name}, due ${due}, done in 2026`, { ...rule, starts_on: due }, due, '2026-06-30'])),
	['29 February since 1904', { unit: 'year', starts_on: '1904-02-29' }, '1904-02-29', '2026-02-28'],
	['month ends since 1900', { unit: 'month', month_day: -1, starts_on: '1900-01-01' },
		'1900-01-31', '2026-06-30'],
	['done in the far past', { unit: 'day', starts_on: '2026-06-01' }, '2026-06-01', '1900-01-01'],
	['done at the end of time', { unit: 'week', starts_on: '1900-01-01' }, '1900-01-01', '2200-12-31'],
];

const ends = [
	...['2026-06-21', '2026-06-22', '2026-06-23'].map((until, i) =>
		[`until ${WHERE[i]} the next date`, { ...weekly, until }, '2026-06-15', '2026-06-15']),
	['until passed while late', { ...weekly, until: '2026-06-22' }, '2026-06-15', '2026-07-20'],
	['the last date, done late', { ...weekly, until: '2026-06-22' }, '2026-06-22', '2026-07-20'],
	['early, and until cuts what follows', { ...weekly, until: '2026-06-15' }, '2026-06-15', '2026-06-02'],
	...[[1, 'the first'], [8, 'the last but two'], [9, 'the last but one'], [10, 'the last'], [11, 'one too many']]
		.flatMap(([occurrence, name]) => ['due', 'completion'].map((anchor) => [
			`${name} of 10, ${anchor}`, { ...weekly, anchor, count: 10 }, '2026-06-15', '2026-06-16',
			{ occurrence }])),
	['the last of 10, late by three', { ...weekly, count: 10 }, '2026-06-15', '2026-07-06', { occurrence: 10 }],
	['the last of 10, skipped', { ...weekly, count: 10 }, '2026-06-15', '2026-06-15',
		{ occurrence: 10, outcome: 'skipped' }],
	['many missed, yet not counted', { ...weekly, count: 3 }, '2026-06-01', '2026-12-31', { occurrence: 2 }],
	['the last but one of 9999', { ...weekly, count: 9999 }, '2026-06-01', '2026-06-01', { occurrence: 9998 }],
	['the last day there is is next', { unit: 'day', starts_on: '2200-01-01' }, '2200-12-30', '2200-12-30'],
	['after the last day there is nothing', { unit: 'day', starts_on: '2200-01-01' }, '2200-12-31', '2200-12-31'],
	['the next week is beyond 2200', { unit: 'week', starts_on: '2200-12-01' }, '2200-12-24', '2200-12-25'],
	['the next year is beyond 2200, some missed', { unit: 'year', every: 9, starts_on: '2100-03-01' },
		'2181-03-01', '2200-05-01'],
	['the next 999 years', { unit: 'year', every: 999, starts_on: '1900-01-01' }, '1900-01-01', '1900-01-01'],
];

const afterwards = [
	['3 days, early', { unit: 'day', every: 3 }, '2026-06-10', '2026-06-08'],
	['3 days, on time', { unit: 'day', every: 3 }, '2026-06-10', '2026-06-10'],
	['3 days, late', { unit: 'day', every: 3 }, '2026-06-10', '2026-06-30'],
	['3 days, very late: nothing is missed', { unit: 'day', every: 3 }, '1900-01-01', '2026-06-30'],
	['999 days', { unit: 'day', every: 999 }, '2026-06-10', '2026-06-12'],
	['2 weeks, late', { unit: 'week', every: 2 }, '2026-06-10', '2026-06-13'],
	['a week, then sat, done on a sat', { unit: 'week', weekdays: ['sat'] }, '2026-06-13', '2026-06-13'],
	['a week, then sat, done on a sun', { unit: 'week', weekdays: ['sat'] }, '2026-06-13', '2026-06-14'],
	['a week, then sat, done on a fri', { unit: 'week', weekdays: ['sat'] }, '2026-06-13', '2026-06-12'],
	['2 weeks, then mon or tue', { unit: 'week', every: 2, weekdays: ['tue', 'mon'] }, '2026-06-08', '2026-06-10'],
	['a month from 31 January', { unit: 'month' }, '2026-01-31', '2026-01-31'],
	['a month from 31 January 2028', { unit: 'month' }, '2028-01-31', '2028-01-31'],
	['a month from 28 February', { unit: 'month' }, '2026-02-28', '2026-02-28'],
	['a month from 31 December', { unit: 'month' }, '2026-12-31', '2026-12-31'],
	['13 months from 31 January', { unit: 'month', every: 13 }, '2026-01-31', '2026-01-31'],
	['999 months', { unit: 'month', every: 999 }, '2026-01-31', '2026-01-31'],
	['a month, then the 31st, from 31 January', { unit: 'month', month_day: 31 }, '2026-01-31', '2026-01-31'],
	['a month, then the 31st, from 30 January', { unit: 'month', month_day: 31 }, '2026-01-31', '2026-01-30'],
	['a month, then the 31st, from 1 February', { unit: 'month', month_day: 31 }, '2026-01-31', '2026-02-01'],
	['a month, then the last, late', { unit: 'month', month_day: -1 }, '2026-01-31', '2026-02-28'],
	['a month, then the 1st', { unit: 'month', month_day: 1 }, '2026-06-01', '2026-06-02'],
	['a month, then the first mon, from it', { unit: 'month', nth_weekday: 1, weekdays: ['mon'] },
		'2026-06-01', '2026-06-01'],
	['a month, then the last fri, late', { unit: 'month', nth_weekday: -1, weekdays: ['fri'] },
		'2026-05-29', '2026-05-31'],
	['3 months, then the second wed', { unit: 'month', every: 3, nth_weekday: 2, weekdays: ['wed'] },
		'2026-06-10', '2026-06-10'],
	['a year from 29 February', { unit: 'year' }, '2024-02-29', '2024-02-29'],
	['4 years from 29 February', { unit: 'year', every: 4 }, '2024-02-29', '2024-02-29'],
	['a year, then the 15th of any month', { unit: 'year', month_day: 15 }, '2026-03-15', '2026-07-20'],
	['a year, then the 29th, in February', { unit: 'year', month_day: 29 }, '2026-02-28', '2026-02-10'],
	['a year, then the last sun of any month', { unit: 'year', nth_weekday: -1, weekdays: ['sun'] },
		'2026-03-29', '2026-03-30'],
	['a week, snoozed, done early', { unit: 'week' }, '2026-06-20', '2026-06-15', { grid_on: '2026-06-10' }],
	['a week, snoozed, skipped early', { unit: 'week' }, '2026-06-20', '2026-06-15',
		{ grid_on: '2026-06-10', outcome: 'skipped' }],
	['a week, snoozed, skipped late', { unit: 'week' }, '2026-06-20', '2026-06-25',
		{ grid_on: '2026-06-10', outcome: 'skipped' }],
	['a week, moved forward, skipped early', { unit: 'week' }, '2026-06-08', '2026-06-05',
		{ grid_on: '2026-06-10', outcome: 'skipped' }],
	['a month, skipped early on month end', { unit: 'month' }, '2026-01-31', '2026-01-10', { outcome: 'skipped' }],
	['a week, then mon, skipped early', { unit: 'week', weekdays: ['mon'] }, '2026-06-09', '2026-06-01',
		{ outcome: 'skipped' }],
	['a month, then the last, skipped late', { unit: 'month', month_day: -1 }, '2026-01-31', '2026-02-01',
		{ outcome: 'skipped' }],
	...['2026-06-16', '2026-06-17', '2026-06-18'].map((until, i) =>
		[`a week, until ${WHERE[i]} what follows`, { unit: 'week', until }, '2026-06-09', '2026-06-10']),
	['until, done late enough', { unit: 'week', until: '2026-06-17' }, '2026-06-09', '2026-06-11'],
	['a day, to the last there is', { unit: 'day' }, '2200-12-30', '2200-12-30'],
	['a day, beyond the last', { unit: 'day' }, '2200-12-30', '2200-12-31'],
	['a week, then fri, beyond the last', { unit: 'week', weekdays: ['fri'] }, '2200-12-20', '2200-12-22'],
	['999 years', { unit: 'year', every: 999 }, '2026-01-01', '2026-01-01'],
].map(([name, rule, due, ...rest]) =>
	[`on completion: ${name}`, { ...rule, anchor: 'completion', starts_on: due }, due, ...rest]);

const NEXT = [...done, ...skipped, ...moved, ...missed, ...ends, ...afterwards];

// --- instants: zone, then day and times --------------------------------------------

const CLOCKS = [
	['UTC', ['2026-03-29', '00:00', '23:59'], ['1900-01-01', '00:00'], ['2200-12-31', '12:00']],
	['America/New_York', ['2026-01-15', '00:00'], ['2026-07-01', '12:00'], ['1970-01-01', '00:00'],
		['2026-03-08', '01:59', '02:00', '02:30', '02:59', '03:00'],
		['2026-11-01', '00:59', '01:00', '01:30', '01:59', '02:00']],
	['Europe/Lisbon', ['2026-06-01', '09:00'], ['2026-03-29', '00:59', '01:00', '01:30', '02:00'],
		['2026-10-25', '00:59', '01:00', '01:30', '02:00']],
	['Europe/Berlin', ['2026-03-29', '02:30'], ['2026-10-25', '02:30']],
	['Europe/London', ['1971-10-31', '02:30'], ['1968-07-01', '12:00']],
	['Australia/Lord_Howe', ['2026-07-01', '12:00'], ['2026-10-04', '01:59', '02:00', '02:15', '02:30'],
		['2026-04-05', '01:29', '01:30', '01:45', '02:00']],
	['America/Sao_Paulo', ['2018-11-03', '23:59'], ['2018-11-04', '00:00', '00:30', '01:00'],
		['2018-02-17', '22:59', '23:00', '23:30'], ['2018-02-18', '00:00'], ['2026-11-01', '00:30']],
	['America/Havana', ['2026-03-08', '00:00', '00:45'], ['2026-11-01', '00:30']],
	['America/St_Johns', ['2026-03-08', '02:30'], ['2010-03-14', '00:00', '00:01', '00:30']],
	['America/Caracas', ['2007-12-09', '02:45'], ['2016-05-01', '02:45']],
	['Asia/Kolkata', ['2026-03-29', '02:30'], ['2026-01-01', '00:00'], ['2026-10-25', '23:59']],
	['Asia/Kathmandu', ['2026-06-01', '05:44', '05:45']],
	['Asia/Tehran', ['2021-03-22', '00:00', '00:30'], ['2021-09-21', '23:30']],
	['Asia/Pyongyang', ['2018-05-04', '23:29', '23:45']],
	['Pacific/Chatham', ['2026-09-27', '03:00'], ['2026-04-05', '03:00']],
	['Antarctica/Troll', ['2026-03-29', '01:00', '02:15'], ['2026-10-25', '01:00', '02:15']],
	['Pacific/Apia', ['2011-12-29', '23:59'], ['2011-12-30', '00:00', '09:00'], ['2011-12-31', '00:00']],
	['Pacific/Kiritimati', ['2026-01-01', '00:00']],
	['Pacific/Pago_Pago', ['2026-12-31', '23:59']],
];
const INSTANTS = CLOCKS.flatMap(([zone, ...rows]) =>
	rows.flatMap(([day, ...times]) => times.map((time) => ({ zone, day, time }))));

// --- rules without a second date ---------------------------------------------------

const EITHER = [
	['once, by days', { unit: 'day', count: 1, starts_on: '2026-06-01' }],
	['once, by weekdays', { unit: 'week', weekdays: ['mon', 'fri'], count: 1, starts_on: '2026-06-01' }],
	['once, by months', { unit: 'month', month_day: -1, count: 1, starts_on: '2026-06-01' }],
	['once, by years', { unit: 'year', count: 1, starts_on: '2028-02-29' }],
	['until its first day', { unit: 'day', until: '2026-06-01', starts_on: '2026-06-01' }],
	['until the day before its second', { unit: 'week', every: 2, until: '2026-06-14', starts_on: '2026-06-01' }],
	['until before its first date',
		{ unit: 'month', nth_weekday: 2, weekdays: ['tue'], until: '2026-06-08', starts_on: '2026-06-01' }],
	['until before starts_on', { unit: 'day', until: '2026-05-31', starts_on: '2026-06-01' }],
	['until the day before the second month end', { unit: 'month', until: '2026-02-27', starts_on: '2026-01-31' }],
	['from the last day there is', { unit: 'day', starts_on: '2200-12-31' }],
	['a week before the end', { unit: 'week', starts_on: '2200-12-25' }],
	['a month before the end', { unit: 'month', month_day: 31, starts_on: '2200-12-01' }],
	['after its last day of a month', { unit: 'month', month_day: 5, starts_on: '2200-12-06' }],
	['a year before the end', { unit: 'year', starts_on: '2200-01-01' }],
	['999 years', { unit: 'year', every: 999, starts_on: '1900-01-01' }],
	['301 years', { unit: 'year', every: 301, starts_on: '1900-01-01' }],
	['999 months', { unit: 'month', every: 999, starts_on: '2150-01-01' }],
];
const REFUSED = ['due', 'completion'].flatMap((anchor) =>
	EITHER.map(([name, rule]) => [`${name}, ${anchor}`, { ...rule, anchor }]));

// --- with their answers ------------------------------------------------------------

function nextCase([name, rule, due_on, done_on, more]) {
	const asked = { rule: full(rule), occurrence: 1, due_on, grid_on: due_on, done_on, outcome: 'done', ...more };

	return { name, ...asked, ...next(asked) };
}

function refusedCase([name, rule]) {
	if (!isRefused(rule))
		throw new Error(`"${name}" has a second date`);
	return { name, rule: full(rule), code: 'no_next_date' };
}

const sections = {
	series: SERIES.map(([name, rule]) => ({ name, rule: full(rule), days: series(rule, SHOWN) })),
	next: NEXT.map(nextCase),
	instants: INSTANTS.map((asked) =>
		({ name: Object.values(asked).join(' '), ...asked, instant: instantOf(asked) })),
	refused: REFUSED.map(refusedCase),
};

/** A case a line, so that a diff shows which have changed. */
function lines([section, cases]) {
	const names = new Set(cases.map((c) => c.name));

	if (names.size < cases.length)
		throw new Error(`two cases of "${section}" have the same name`);
	return `"${section}": [\n${cases.map((c) => `\t${JSON.stringify(c)}`).join(',\n')}\n]`;
}

console.log(`{\n${[`"about": ${JSON.stringify(ABOUT)}`, ...Object.entries(sections).map(lines)].join(',\n')}\n}`);
