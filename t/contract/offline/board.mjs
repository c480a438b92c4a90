// board.mjs: the board, computed by a phone from what sync gave it, by the rules of the document.

const DAY_MS = 86400000;
const MINUTE_MS = 60000;
const COMPLETED_DAYS = 30;
const COLUMNS = ['overdue', 'due_soon', 'upcoming', 'in_progress', 'completed', 'cancelled'];

const dayOf = (text) => Date.parse(`${text}T00:00:00Z`) / DAY_MS;

const clocks = new Map();

/** What the clock on the wall of a zone says, as YYYY-MM-DDTHH:MM. */
function onTheWall(instant_ms, zone) {
	if (!clocks.has(zone))
		clocks.set(zone, new Intl.DateTimeFormat('sv-SE', { timeZone: zone, year: 'numeric', month: '2-digit',
			day: '2-digit', hour: '2-digit', minute: '2-digit' }));
	return clocks.get(zone).format(instant_ms).replace(' ', 'T');
}

const offsetAt = (instant_ms, zone) =>
	Date.parse(`${onTheWall(instant_ms, zone)}Z`) - Math.floor(instant_ms / MINUTE_MS) * MINUTE_MS;

/** The instant of a local time: the first of two, and one that is skipped moves on by the gap. */
function instantOf(day, time, zone) {
	const wall = Date.parse(`${day}T${time}Z`);
	const before = wall - offsetAt(wall - DAY_MS, zone);
	const after = wall - offsetAt(wall + DAY_MS, zone);
	const real = [before, after].filter((at) => onTheWall(at, zone) === `${day}T${time}`);

	return real.length > 0 ? Math.min(...real) : before;
}

/** Past its day, or past its time today, in its residence's zone. */
function isOverdue(task, zone, now_ms) {
	const today = onTheWall(now_ms, zone).slice(0, 10);

	if (task.due_on === null || task.due_on !== today)
		return task.due_on !== null && task.due_on < today;
	return task.due_time !== null && instantOf(task.due_on, task.due_time, zone) < now_ms;
}

const wasDoneLately = (task, now_ms) => task.last_completed_at !== null
	&& now_ms - Date.parse(task.last_completed_at) <= COMPLETED_DAYS * DAY_MS;

const isHidden = ({ starts_on, state, completed }, today) =>
	Boolean(starts_on) && starts_on > today && state === 'pending' && !completed;

/** The column of the open occurrence, or of the task that is done; undefined: not on the board. */
function columnOf(task, zone, now_ms, days) {
	if (task.state === 'cancelled')
		return 'cancelled';
	if (task.completed)
		return task.recurrence === null && wasDoneLately(task, now_ms) ? 'completed' : undefined;
	if (task.state === 'in_progress')
		return 'in_progress';
	const today = onTheWall(now_ms, zone).slice(0, 10);

	if (isHidden(task, today))
		return undefined;
	if (isOverdue(task, zone, now_ms))
		return 'overdue';
	return task.due_on !== null && dayOf(task.due_on) - dayOf(today) < days ? 'due_soon' : 'upcoming';
}

const compare = (a, b) => (a < b ? -1 : Number(a > b));
const byPlace = (a, b) => compare(a.position, b.position);
const byCompletion = (a, b) => compare(b.last_completed_at, a.last_completed_at) || byPlace(a, b);

/** [{ name, count, tasks: [[id, is_overdue]] }] of tasks and residences of a store, at an instant. */
export function boardOf(tasks, residences, as_of, days = 30) {
	const now_ms = Date.parse(as_of);
	const columns = Object.fromEntries(COLUMNS.map((name) => [name, []]));

	for (const task of tasks.filter((t) => !t.archived)) {
		const zone = residences[task.residence_id].time_zone;
		const column = columnOf(task, zone, now_ms, days);

		columns[column]?.push(task);
		if (task.recurrence !== null && task.state !== 'cancelled' && wasDoneLately(task, now_ms))
			columns.completed.push(task);
	}
	return COLUMNS.map((name) => {
		const sorted = columns[name].sort(name === 'completed' ? byCompletion : byPlace);
		const isOpen = name !== 'completed' && name !== 'cancelled';

		return { name, count: sorted.length, tasks: sorted.map((task) => [task.id, isOpen
			&& isOverdue(task, residences[task.residence_id].time_zone, now_ms)]) };
	});
}

/** The server's board in the same form. */
export const boardShown = ({ columns }) => columns.map(({ name, count, tasks }) =>
	({ name, count, tasks: tasks.map((task) => [task.id, task.is_overdue]) }));
