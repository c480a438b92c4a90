// reference.mjs: the rules of recurrence once more, as naively as can be: it goes from day to
// day and asks whether the rule has it. Days are numbers since 1970-01-01. What app/model and
// the database do by arithmetic is held against this.
const NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const LAST_DAY = 84370;		// 2200-12-31

export const day = (text) => Date.parse(`${text}T00:00:00Z`) / 86400000;
export const text = (n) => (n === null ? null : new Date(n * 86400000).toISOString().slice(0, 10));

const DEFAULTS = { every: 1, weekdays: [], month_day: null, nth_weekday: null, anchor: 'due', until: null, count: null, starts_on: null };

export const full = (rule) => ({ unit: rule.unit, ...DEFAULTS, ...rule });

function civil(n) {
	const date = new Date(n * 86400000);

	return { y: date.getUTCFullYear(), m: date.getUTCMonth(), d: date.getUTCDate(), w: NAMES[(date.getUTCDay() + 6) % 7] };
}

const lengthOf = (n) => {
	const { y, m } = civil(n);

	return new Date(Date.UTC(y, m + 1, 0)).getUTCDate();
};

/** Is it the n-th, or the last, of its weekday in its month? */
function isNth(n, nth) {
	const { d } = civil(n);

	return nth === -1 ? d + 7 > lengthOf(n) : Math.ceil(d / 7) === nth;
}

/** Is this the one day of its month that the rule wants? */
function isMonthDay(rule, n) {
	const { d, w } = civil(n);
	const wanted = rule.month_day ?? civil(day(rule.starts_on)).d;

	if (rule.nth_weekday !== null)
		return w === rule.weekdays[0] && isNth(n, rule.nth_weekday);
	return d === (wanted === -1 ? lengthOf(n) : Math.min(wanted, lengthOf(n)));
}

function isOnGrid(rule, n) {
	const first = day(rule.starts_on);
	const [a, b] = [civil(first), civil(n)];
	const monday = (x) => x - NAMES.indexOf(civil(x).w);
	const months = (b.y - a.y) * 12 + b.m - a.m;

	if (n < first)
		return false;
	if (rule.unit === 'day')
		return (n - first) % rule.every === 0;
	if (rule.unit === 'week')
		return (monday(n) - monday(first)) / 7 % rule.every === 0
			&& (rule.weekdays.length ? rule.weekdays : [a.w]).includes(b.w);
	return months % (rule.unit === 'year' ? 12 * rule.every : rule.every) === 0 && isMonthDay(rule, n);
}

const isAllowed = (rule, n) => (rule.unit === 'week' ? rule.weekdays.length === 0 || rule.weekdays.includes(civil(n).w)
	: (rule.month_day === null && rule.nth_weekday === null) || isMonthDay(rule, n));

/** The first day from n on that passes; null when there is none before 2201. */
function firstFrom(n, passes) {
	for (; n <= LAST_DAY; n++)
		if (passes(n))
			return n;
	return null;
}

function add(rule, n) {
	const { y, m, d } = civil(n);

	if (rule.unit === 'day' || rule.unit === 'week')
		return n + rule.every * (rule.unit === 'week' ? 7 : 1);
	const first = Date.UTC(y, m + rule.every * (rule.unit === 'year' ? 12 : 1), 1) / 86400000;
	return first + Math.min(d, lengthOf(first)) - 1;
}

const isOver = (rule, number, n) => n === null || n > LAST_DAY || (rule.until !== null && n > day(rule.until))
	|| (rule.count !== null && number >= rule.count);

/** What follows an occurrence: { next, missed }. */
export function next(given, { occurrence, due_on, grid_on, done_on, outcome }) {
	const rule = full(given);
	const [due, grid, done] = [due_on, grid_on, done_on].map(day);
	const base = Math.max(due, grid);
	let missed = 0;
	let found;

	if (rule.anchor === 'due') {
		for (let n = base + 1; n <= done; n++)
			missed += isOnGrid(rule, n);
		found = firstFrom(Math.max(base, done) + 1, (n) => isOnGrid(rule, n));
	} else {
		found = firstFrom(add(rule, outcome === 'skipped' ? Math.max(due, done) : done), (n) => isAllowed(rule, n));
	}
	return { next: isOver(rule, occurrence, found) ? null : text(found), missed };
}

/** The first n days, each done on its day. */
export function series(given, n) {
	const rule = full(given);
	const days = [];
	let found = firstFrom(day(rule.starts_on), (x) => (rule.anchor === 'due' ? isOnGrid(rule, x) : isAllowed(rule, x)));

	if (isOver(rule, 0, found))
		return days;
	for (let on = text(found); on !== null && days.length < n;) {
		days.push(on);
		({ next: on } = next(rule, { occurrence: days.length, due_on: on, grid_on: on, done_on: on, outcome: 'done' }));
	}
	return days;
}
