// vectors.mjs: writes t/vectors/recurrence.json, which phones and other clients can use to
// test rules of their own: node t/recurrence/vectors.mjs > t/vectors/recurrence.json. The cases
// are chosen here, what follows of them the reference works out, and instants the host's own
// knowledge of time zones.
import { full, next, series } from './reference.mjs';

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

// --- series: what a rule makes ------------------------------------------------------------

const named = [];
const rule = (name, starts_on, fields) => named.push({ name, rule: full({ starts_on, ...fields }) });

for (const d of [28, 29, 30, 31])
	for (const every of [1, 2, 3, 6, 12])
		rule(`every ${every} months from 31 January, on the ${d}`, '2026-01-31', { unit: 'month', every, month_day: d });
for (const start of ['2026-01-29', '2026-01-30', '2026-01-31', '2027-12-31', '2028-02-29', '2024-01-31', '1900-12-31'])
	rule(`monthly from ${start}, the day kept`, start, { unit: 'month' });
for (const start of ['2026-01-31', '2026-02-28', '2028-02-15'])
	rule(`the last day of each month from ${start}`, start, { unit: 'month', month_day: -1 });
rule('a month day that has gone by in the first month', '2026-03-20', { unit: 'month', month_day: 5 });
rule('every 13 months on the 31st', '2026-01-31', { unit: 'month', every: 13, month_day: 31 });
rule('every 999 months', '1900-01-31', { unit: 'month', every: 999 });
for (const start of ['2024-02-29', '2028-02-29', '1904-02-29', '2096-02-29', '1996-02-29'])
	for (const every of [1, 4, 3])
		rule(`29 February of ${start.slice(0, 4)}, every ${every} years`, start, { unit: 'year', every });
rule('28 February of a leap year', '2024-02-28', { unit: 'year' });
rule('the last day of February, each year', '2025-02-28', { unit: 'year', month_day: -1 });
rule('the 31st in a month of 30 days, each year', '2026-04-30', { unit: 'year', month_day: 31 });
rule('yearly from 31 December', '2026-12-31', { unit: 'year' });
rule('around 1900, which had no leap day', '1900-01-31', { unit: 'month' });
rule('around 2000, which had one', '1999-12-31', { unit: 'month', every: 2 });
rule('around 2100, which has none', '2099-12-31', { unit: 'month', every: 2 });
for (const weekday of WEEKDAYS)
	for (const nth of [1, 2, 3, 4, -1])
		rule(`${weekday} number ${nth} of each month`, '2026-01-15', { unit: 'month', nth_weekday: nth, weekdays: [weekday] });
rule('the last Monday of May', '2026-05-01', { unit: 'year', nth_weekday: -1, weekdays: ['mon'] });
rule('the fourth Thursday of November', '2026-11-01', { unit: 'year', nth_weekday: 4, weekdays: ['thu'] });
rule('the first Sunday of March, every other year', '2026-03-20', { unit: 'year', every: 2, nth_weekday: 1, weekdays: ['sun'] });
rule('the second Tuesday, every quarter', '2026-02-10', { unit: 'month', every: 3, nth_weekday: 2, weekdays: ['tue'] });
for (const weekdays of [['mon'], ['sun'], ['mon', 'thu'], ['sat', 'sun'], ['mon', 'tue', 'wed', 'thu', 'fri'], WEEKDAYS, ['wed', 'sun']])
	for (const every of [1, 2, 3])
		rule(`${weekdays.join(' ')} every ${every} weeks from a Wednesday`, '2026-11-25', { unit: 'week', every, weekdays });
for (const start of ['2026-11-23', '2026-11-29', '2026-12-31', '1900-01-01'])
	rule(`weekly on the weekday of ${start}`, start, { unit: 'week' });
rule('every 52 weeks', '2026-01-05', { unit: 'week', every: 52 });
rule('a start behind all weekdays of its week', '2026-11-29', { unit: 'week', weekdays: ['mon', 'fri'] });
for (const every of [1, 2, 7, 10, 30, 365, 999])
	rule(`every ${every} days`, '2026-02-25', { unit: 'day', every });
rule('until a day of the rule', '2026-01-31', { unit: 'month', until: '2026-04-30' });
rule('until the day before one', '2026-01-31', { unit: 'month', until: '2026-04-29' });
rule('until the day after one', '2026-01-31', { unit: 'month', until: '2026-05-01' });
for (const count of [2, 3, 12, 13])
	rule(`${count} times`, '2026-01-31', { unit: 'month', count });
rule('to the end of days', '2200-06-30', { unit: 'month' });
rule('to the end of days, yearly', '2195-12-31', { unit: 'year' });
rule('after completion, done on its day', '2026-01-31', { unit: 'month', anchor: 'completion' });
rule('after completion, every 10 days', '2026-01-31', { unit: 'day', every: 10, anchor: 'completion' });
rule('after completion, on Saturdays', '2026-01-28', { unit: 'week', every: 2, weekdays: ['sat'], anchor: 'completion' });
rule('after completion, on the last day of a month', '2026-01-15', { unit: 'month', month_day: -1, anchor: 'completion' });
rule('after completion, on a first Monday', '2026-01-15', { unit: 'month', every: 2, nth_weekday: 1, weekdays: ['mon'], anchor: 'completion' });
rule('after completion, yearly', '2024-02-29', { unit: 'year', anchor: 'completion' });

// --- next: what follows an occurrence ----------------------------------------------------------

const steps = [];
const step = (name, given, due_on, done_on, more = {}) => steps.push({ name, rule: full(given),
	occurrence: 1, due_on, grid_on: due_on, done_on, outcome: 'done', ...more });

const RULES = {
	weekly: { unit: 'week', starts_on: '2026-11-02' },
	'every other week on Monday and Thursday': { unit: 'week', every: 2, weekdays: ['mon', 'thu'], starts_on: '2026-11-02' },
	daily: { unit: 'day', starts_on: '2026-11-02' },
	'every 10 days': { unit: 'day', every: 10, starts_on: '2026-11-02' },
	'monthly on the 2nd': { unit: 'month', starts_on: '2026-11-02' },
	'first Monday': { unit: 'month', nth_weekday: 1, weekdays: ['mon'], starts_on: '2026-11-02' },
	quarterly: { unit: 'month', every: 3, starts_on: '2026-11-02' },
	yearly: { unit: 'year', starts_on: '2026-11-02' },
};
const DONE = { 'five days early': '2026-10-28', 'a day early': '2026-11-01', 'on its day': '2026-11-02', 'a day late': '2026-11-03',
	'a week late': '2026-11-09', 'a month late': '2026-12-02', 'a year late': '2027-11-02' };

for (const anchor of ['due', 'completion'])
	for (const [what, given] of Object.entries(RULES))
		for (const [when, done_on] of Object.entries(DONE))
			step(`${what}, anchor ${anchor}, done ${when}`, { ...given, anchor }, '2026-11-02', done_on);
for (const anchor of ['due', 'completion'])
	for (const [what, given] of Object.entries(RULES))
		for (const when of ['five days early', 'a week late'])
			step(`${what}, anchor ${anchor}, skipped ${when}`, { ...given, anchor }, '2026-11-02', DONE[when], { outcome: 'skipped' });
for (const [due_on, done_on] of [['2026-01-31', '2026-01-31'], ['2026-02-28', '2026-02-28'], ['2026-02-28', '2026-03-05'],
	['2026-02-28', '2026-03-31'], ['2026-02-28', '2026-04-29'], ['2026-03-31', '2026-02-20']])
	step(`month end: due ${due_on}, done ${done_on}`, { unit: 'month', starts_on: '2026-01-31' }, due_on, done_on);
for (const [due_on, done_on] of [['2024-02-29', '2024-03-01'], ['2025-02-28', '2025-02-28'], ['2027-02-28', '2028-02-28'], ['2027-02-28', '2028-02-29']])
	step(`leap day: due ${due_on}, done ${done_on}`, { unit: 'year', starts_on: '2024-02-29' }, due_on, done_on);
step('put off past its day', RULES.weekly, '2026-11-04', '2026-11-04', { grid_on: '2026-11-02' });
step('put off past further days', RULES.weekly, '2026-11-18', '2026-11-18', { grid_on: '2026-11-02' });
step('put off onto a day of the rule', RULES.weekly, '2026-11-09', '2026-11-09', { grid_on: '2026-11-02' });
step('moved before its day', RULES.weekly, '2026-10-30', '2026-10-30', { grid_on: '2026-11-02' });
step('moved before its day, done after it', RULES.weekly, '2026-10-30', '2026-11-03', { grid_on: '2026-11-02' });
step('put off, and late at that', RULES.weekly, '2026-11-04', '2026-11-17', { grid_on: '2026-11-02' });
for (const [unit, start] of [['day', '1900-01-01'], ['week', '1900-01-01'], ['month', '1900-01-31'], ['year', '1904-02-29'], ['week', '1969-12-31'], ['month', '1970-01-01']])
	step(`very old: ${unit} since ${start}`, { unit, starts_on: start }, start, '2026-11-27');
step('very old, every 13 days', { unit: 'day', every: 13, starts_on: '1923-05-17' }, '1923-05-17', '2026-11-27');
step('very old, on weekdays', { unit: 'week', every: 3, weekdays: ['tue', 'sat'], starts_on: '1931-02-03' }, '1931-02-03', '2026-11-27');
for (const [name, until] of [['on', '2026-11-09'], ['before', '2026-11-08'], ['after', '2026-11-10']])
	step(`until ends ${name} the next day`, { ...RULES.weekly, until }, '2026-11-02', '2026-11-02');
for (const occurrence of [1, 2, 3, 4])
	step(`occurrence ${occurrence} of three`, { ...RULES.weekly, count: 3 }, '2026-11-02', '2026-11-02', { occurrence });
step('late past until', { ...RULES.weekly, until: '2026-11-30' }, '2026-11-02', '2026-12-02');
step('at the end of days', { unit: 'year', starts_on: '2190-01-01' }, '2200-01-01', '2200-01-01');
step('every 999 years', { unit: 'year', every: 999, starts_on: '2026-01-01' }, '2026-01-01', '2026-01-01');
for (const [name, more] of [['Saturday', { unit: 'week', weekdays: ['sat'] }], ['last day', { unit: 'month', month_day: -1 }], ['the 31st', { unit: 'month', month_day: 31 }], ['second Tuesday', { unit: 'month', nth_weekday: 2, weekdays: ['tue'] }]])
	for (const done_on of ['2026-01-28', '2026-01-31', '2026-02-28', '2026-03-10'])
		step(`after completion, ${name}, done ${done_on}`, { anchor: 'completion', starts_on: '2026-01-01', ...more }, '2026-01-31', done_on);
for (const done_on of ['2026-01-29', '2026-01-30', '2026-01-31', '2028-02-29', '2026-08-31'])
	step(`a month after ${done_on}`, { unit: 'month', anchor: 'completion', starts_on: '2026-01-01' }, '2026-01-15', done_on);

// --- instants: a day and a time of the clock --------------------------------------------------

const CLOCKS = [
	['America/New_York', '2026-03-08', ['01:59', '02:00', '02:30', '02:59', '03:00']],
	['America/New_York', '2026-11-01', ['00:59', '01:00', '01:30', '01:59', '02:00']],
	['Europe/Lisbon', '2026-03-29', ['00:59', '01:00', '01:30', '02:00']],
	['Europe/Lisbon', '2026-10-25', ['00:59', '01:00', '01:30', '02:00']],
	['Australia/Lord_Howe', '2026-10-04', ['01:59', '02:00', '02:15', '02:30']],
	['Australia/Lord_Howe', '2026-04-05', ['01:29', '01:30', '01:45', '02:00']],
	['America/Sao_Paulo', '2018-11-04', ['00:00', '00:30', '01:00']],
	['Asia/Kolkata', '2026-03-29', ['00:00', '02:30']],
	['Pacific/Auckland', '2026-09-27', ['02:30']],
];

/** What a clock in the zone shows at that minute, as UTC milliseconds of the same reading. */
function reading(zone, ms) {
	const parts = Object.fromEntries(new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', year: 'numeric',
		month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).formatToParts(ms).map((p) => [p.type, p.value]));

	return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute);
}

/** The first minute that shows this time; in a gap, as long after it as the time is in the gap. */
function instant(zone, on, at) {
	const wanted = Date.parse(`${on}T${at}:00Z`);
	let ms = wanted - 16 * 3600e3;

	while (reading(zone, ms) < wanted)
		ms += 60e3;
	const gap = reading(zone, ms) - reading(zone, ms - 60e3) - 60e3;
	if (reading(zone, ms) !== wanted)
		ms += wanted - (reading(zone, ms) - gap);
	return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

// --- refused ------------------------------------------------------------------------------------

const REFUSED = [
	['once', { unit: 'day', count: 1, starts_on: '2026-01-01' }],
	['until before the second day', { unit: 'month', until: '2026-02-27', starts_on: '2026-01-31' }],
	['until before the first', { unit: 'week', until: '2025-12-31', starts_on: '2026-01-01' }],
	['beyond the end of days', { unit: 'year', every: 999, starts_on: '2026-01-01' }],
	['begun at the end of days', { unit: 'month', starts_on: '2200-12-15' }],
	['until before the second day after completion', { unit: 'week', anchor: 'completion', until: '2026-01-07', starts_on: '2026-01-01' }],
];

const about = 'Rules of recurrence and what follows of them. series: the first days of a rule, at most twelve. next: an occurrence by its number, the day it is due, the day of the grid it stands for, the local day it was done or skipped, and when it is due then (null: never again), with the days of the grid that went by. instants: a local day and time of a zone. refused: rules without a second day. Days are local; weeks begin on Monday.';
const out = {
	series: named.map((c) => ({ ...c, days: series(c.rule, 12) })),
	next: steps.map(({ rule: given, ...c }) => ({ name: c.name, rule: given, ...c, ...next(given, c) })),
	instants: CLOCKS.flatMap(([zone, on, times]) => times.map((time) => ({ name: `${zone} ${on} ${time}`, zone, day: on, time, instant: instant(zone, on, time) }))),
	refused: REFUSED.map(([name, given]) => ({ name, rule: full(given), code: 'no_next_date' })),
};
const lists = Object.entries(out).map(([name, list]) => `${JSON.stringify(name)}: [\n${list.map((c) => JSON.stringify(c)).join(',\n')}\n]`);

console.log(`{"about": ${JSON.stringify(about)},\n${lists.join(',\n')}}`);
