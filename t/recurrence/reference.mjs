// reference.mjs: what the rules of recurrence mean, said as plainly as can be. It goes from
// day to day and asks of each whether the rule has it: slow, and sharing nothing with
// app/model/recurrence.c and hob.rule_series but the meaning. They are held against it.
//
// Days are integers since 1970-01-01, and YYYY-MM-DD at the edges. No local time anywhere.

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

const DAY_MS = 86400000;
const MINUTE_MS = 60000;
const HOUR_MS = 60 * MINUTE_MS;

export function dayOf(text) {
	const [year, month, date] = text.split('-').map(Number);

	return Date.UTC(year, month - 1, date) / DAY_MS;
}

export const textOf = (day) => new Date(day * DAY_MS).toISOString().slice(0, 10);

// --- the calendar ------------------------------------------------------------------

export const FIRST = dayOf('1900-01-01');
export const LAST = dayOf('2200-12-31');

const monthLength = (year, month) => new Date(Date.UTC(year, month + 1, 0)).getUTCDate();

/** What a calendar on the wall says of a day. Months are numbered through, from year 0. */
function look(day) {
	const when = new Date(day * DAY_MS);
	const [year, month] = [when.getUTCFullYear(), when.getUTCMonth()];
	const sinceMonday = (when.getUTCDay() + 6) % 7;

	return {
		day, date: when.getUTCDate(), month: year * 12 + month, length: monthLength(year, month),
		weekday: WEEKDAYS[sinceMonday], monday: day - sinceMonday,
	};
}

// Looked at once, since everything else walks over it again and again.
const calendar = Array.from({ length: LAST - FIRST + 1 }, (_, i) => look(FIRST + i));
const at = (day) => calendar[day - FIRST];

/** The first day from `day` on that `has` says yes to; null when 2200 ends before. */
function firstFrom(day, has) {
	for (let d = Math.max(day, FIRST); d <= LAST; d++)
		if (has(at(d)))
			return d;
	return null;
}

// --- one day, one rule -------------------------------------------------------------

/** The rule with all nine keys. */
export const full = (rule) => ({
	unit: rule.unit, every: 1, weekdays: [], month_day: null, nth_weekday: null,
	anchor: 'due', until: null, count: null, starts_on: null, ...rule,
});

function isNthWeekday(rule, c) {
	if (c.weekday !== rule.weekdays[0])
		return false;
	return rule.nth_weekday === -1 ? c.date + 7 > c.length : Math.ceil(c.date / 7) === rule.nth_weekday;
}

/** Is it the one day of its month? `date` is what counts when the rule does not name one. */
function isCandidate(rule, c, date) {
	if (rule.nth_weekday !== null)
		return isNthWeekday(rule, c);
	const wanted = rule.month_day ?? date;

	return c.date === (wanted === -1 ? c.length : Math.min(wanted, c.length));
}

function isInMonths(rule, c, start, step) {
	return (c.month - start.month) % step === 0 && isCandidate(rule, c, start.date);
}

function isInWeeks(rule, c, start) {
	const days = rule.weekdays.length > 0 ? rule.weekdays : [start.weekday];

	return (c.monday - start.monday) % (7 * rule.every) === 0 && days.includes(c.weekday);
}

const GRID = {
	day: (rule, c, start) => (c.day - start.day) % rule.every === 0,
	week: isInWeeks,
	month: (rule, c, start) => isInMonths(rule, c, start, rule.every),
	year: (rule, c, start) => isInMonths(rule, c, start, 12 * rule.every),
};

/** Anchor due: is the day a date of the grid? A function of the day. */
function gridOf(rule) {
	const start = at(dayOf(rule.starts_on));
	const has = GRID[rule.unit];

	return (c) => c.day >= start.day && has(rule, c, start);
}

/** Anchor completion: may the task fall due on this day? A function of the day. */
function allowedBy(rule) {
	if (rule.weekdays.length === 0 && rule.month_day === null)
		return () => true;
	return rule.unit === 'week' ? (c) => rule.weekdays.includes(c.weekday) : (c) => isCandidate(rule, c);
}

/** `every` units after a day, in a shorter month its last day. May lie beyond 2200. */
function later(rule, day) {
	if (rule.unit === 'day' || rule.unit === 'week')
		return day + rule.every * (rule.unit === 'week' ? 7 : 1);
	const c = at(day);
	const to = c.month + rule.every * (rule.unit === 'year' ? 12 : 1);
	const [year, month] = [Math.floor(to / 12), to % 12];

	return Date.UTC(year, month, Math.min(c.date, monthLength(year, month))) / DAY_MS;
}

const isOver = (rule, day) => day === null || (rule.until !== null && day > dayOf(rule.until));

// --- what the server has to know ---------------------------------------------------

/** The first `n` dates as a preview shows them; fewer when the rule ends before. */
export function series(given, n) {
	const rule = full(given);
	const isDue = rule.anchor === 'due';
	const has = isDue ? gridOf(rule) : allowedBy(rule);
	const days = [];

	for (let from = dayOf(rule.starts_on); days.length < Math.min(n, rule.count ?? n);) {
		const day = firstFrom(from, has);

		if (isOver(rule, day))
			break;
		days.push(textOf(day));
		from = isDue ? day + 1 : later(rule, day);
	}
	return days;
}

/** A rule that has no second date is refused on save. */
export const isRefused = (rule) => series(rule, 2).length < 2;

function afterDue(rule, { due, grid, done }) {
	const has = gridOf(rule);
	const base = Math.max(grid, due);
	const after = Math.max(base, done);
	let missed = 0;

	for (let d = base + 1; d <= after; d++)
		missed += has(at(d)) ? 1 : 0;
	return { day: firstFrom(after + 1, has), missed };
}

function afterCompletion(rule, { due, done, outcome }) {
	const base = outcome === 'done' ? done : Math.max(due, done);

	return { day: firstFrom(later(rule, base), allowedBy(rule)), missed: 0 };
}

/**
 * What follows when an occurrence is done or skipped on `done_on`: { next, missed }. `missed`
 * counts dates of the grid whether or not `until` or `count` end the rule before them.
 */
export function next({ rule: given, occurrence, due_on, grid_on, done_on, outcome }) {
	const rule = full(given);
	const days = { due: dayOf(due_on), grid: dayOf(grid_on), done: dayOf(done_on), outcome };
	const { day, missed } = rule.anchor === 'due' ? afterDue(rule, days) : afterCompletion(rule, days);
	const isLast = isOver(rule, day) || (rule.count !== null && occurrence >= rule.count);

	return { next: isLast ? null : textOf(day), missed };
}

// --- instants ----------------------------------------------------------------------

/** What a clock in `zone` shows at an instant, in ms as if it showed UTC. */
function clockIn(zone) {
	const format = new Intl.DateTimeFormat('sv-SE',
		{ timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });

	return (instant) => Date.parse(`${format.format(instant).replace(' ', 'T')}Z`);
}

/**
 * The instant at which a clock in `zone` shows this for the first time. A time that it leaves
 * out is as long after the leap as it lies behind its beginning. Watches the clock minute by
 * minute: from 16 hours before, for no zone is further ahead of UTC.
 */
export function instantOf({ zone, day, time }) {
	const clock = clockIn(zone);
	const wanted = Date.parse(`${day}T${time}:00Z`);
	let instant = wanted - 16 * HOUR_MS;

	while (clock(instant) < wanted)
		instant += MINUTE_MS;
	if (clock(instant) > wanted)
		instant += wanted - (clock(instant - MINUTE_MS) + MINUTE_MS);
	return new Date(instant).toISOString().replace('.000', '');
}
