// writes.mjs: the kinds of things that a phone queues while it is offline. Each row says:
//   request(args)     method, path and body
//   about(args)       what it changes, as [kind of the store, id], for If-Match and for chains of writes
//   trace(args, body) the row of activity that it leaves when it is done: [subject, id, action]; `body` is what
//                     was answered. Null: it may leave none
//   foresee(view, args, phone)     the phone's view until the server has answered
//   learn(phone, body, args)       what the answer teaches the store
//   list              of a bulk request, when it can be part of one
const TASK = '/api/tasks/';
const COMPLETION = '/api/completions/';
const NOTICE = '/api/notifications/';
const RESIDENCE = '/api/residences/';

const post = (path, body = {}) => ({ method: 'POST', path, body });
const patch = (path, body) => ({ method: 'PATCH', path, body });
const drop = (path) => ({ method: 'DELETE', path });

const set = (kind, id, fields) => (view) => {
	const thing = view[kind].get(id);

	if (thing)
		view[kind].set(id, { ...thing, ...fields });
};
/** Ids of version 4 go as iOS writes them, in capitals. */
const sent = ({ id, ...args }) => ({ id: id[14] === '4' ? id.toUpperCase() : id, ...args });
const holdTask = (phone, task) => phone.hold('tasks', task);
const memberId = ({ residence_id, user_id }) => `${residence_id}:${user_id}`;
const memberAt = ({ residence_id, user_id }) => `${RESIDENCE}${residence_id}/members/${user_id}`;
const taskOf = (args) => ['tasks', args.task_id];

/** Something done with a task, by a POST that shows the task. */
const act = (name, fields, extra = () => ({})) => ({
	request: (args) => post(`${TASK}${args.task_id}/${name}`, extra(args)),
	about: taskOf, trace: () => null,
	foresee: (view, args) => set('tasks', args.task_id, fields(args))(view),
	learn: holdTask,
});

/** What happens to a task's open occurrence, as far as a phone can know. */
function step(view, args, outcome) {
	const task = view.tasks.get(args.task_id);

	if (!task)
		return;
	view.completions.set(args.id, { id: args.id, task_id: args.task_id, residence_id: task.residence_id,
		occurrence: args.occurrence, outcome, version: null });
	set('tasks', task.id, { state: 'pending', completed: task.recurrence === null,
		occurrence: task.occurrence + (task.recurrence === null ? 0 : 1) })(view);
}

const completing = (name, outcome) => ({
	request: ({ task_id, ...args }) => post(`${TASK}${task_id}/${name}`, sent(args)),
	about: taskOf,
	// When somebody else was faster their completion is answered, and this leaves no trace.
	trace: (args, body) => (body.id === args.id ? ['completion', args.id, 'created'] : null),
	foresee: (view, args) => step(view, args, outcome),
	learn(phone, body, args) {
		phone.hold('completions', body);
		if (body.id !== args.id)
			phone.state.aliases[args.id] = body.id;
		holdTask(phone, body.task);
	},
	list: outcome === 'done' ? ['complete', 'completed'] : ['skip', 'skipped'],
	item: sent,
});

export const WRITES = {
	create: {
		request: (args) => post('/api/tasks', sent(args)),
		about: (args) => ['tasks', args.id],
		trace: (args) => ['task', args.id, 'created'],
		foresee: (view, args) => view.tasks.set(args.id, { due_on: null, due_time: null, recurrence: null,
			occurrence: 1, state: 'pending', completed: false, archived: false, assigned_to: null,
			version: null, ...args }),
		learn: holdTask,
		list: ['create', 'created'],
		item: sent,
	},
	edit: {
		request: (args) => patch(TASK + args.task_id, args.change),
		about: taskOf, guarded: true,
		trace: (args) => ['task', args.task_id, 'updated'],
		foresee: (view, args) => set('tasks', args.task_id, args.change)(view),
		learn: holdTask,
		list: ['update', 'updated'],
		item: (args, version) => ({ id: args.task_id, ...version === null ? {} : { version }, ...args.change }),
	},
	remove: {
		request: (args) => drop(TASK + args.task_id),
		about: taskOf, guarded: true,
		trace: (args) => ['task', args.task_id, 'deleted'],
		foresee: (view, args) => view.tasks.delete(args.task_id),
		learn: (phone, body, args) => phone.forget('tasks', args.task_id),
	},
	start: act('start', () => ({ state: 'in_progress' })),
	stop: act('stop', () => ({ state: 'pending' })),
	cancel: act('cancel', () => ({ state: 'cancelled' })),
	uncancel: act('uncancel', () => ({ state: 'pending' })),
	archive: act('archive', () => ({ archived: true })),
	unarchive: act('unarchive', () => ({ archived: false })),
	snooze: act('snooze', () => ({}), ({ occurrence, days }) => ({ occurrence, days })),
	assign: act('assign', () => ({}), ({ assigned_to_id }) => ({ assigned_to_id })),
	move: act('move', () => ({}), ({ after_id }) => ({ after_id })),
	complete: completing('complete', 'done'),
	skip: completing('skip', 'skipped'),
	undo: {
		request: (args) => post(`${COMPLETION}${args.completion_id}/undo`),
		about: (args) => ['completions', args.completion_id],
		trace: () => null,
		foresee(view, args) {
			const completion = view.completions.get(args.completion_id);

			view.completions.delete(args.completion_id);
			if (completion)
				set('tasks', completion.task_id,
					{ completed: false, occurrence: completion.occurrence })(view);
		},
		learn(phone, body, args) {
			phone.forget('completions', args.completion_id);
			holdTask(phone, body.task);
		},
	},
	note: {
		request: (args) => patch(COMPLETION + args.completion_id, args.change),
		about: (args) => ['completions', args.completion_id], guarded: true,
		trace: (args) => ['completion', args.completion_id, 'updated'],
		foresee: (view, args) => set('completions', args.completion_id, args.change)(view),
		learn: (phone, body) => phone.hold('completions', body),
	},
	unnote: {
		request: (args) => drop(COMPLETION + args.completion_id),
		about: (args) => ['completions', args.completion_id], guarded: true,
		trace: (args) => ['completion', args.completion_id, 'undone'],
		foresee: (view, args) => view.completions.delete(args.completion_id),
		learn: (phone, body, args) => phone.forget('completions', args.completion_id),
	},
	found: {
		request: (args) => post('/api/residences', sent(args)),
		about: (args) => ['residences', args.id],
		trace: (args) => ['residence', args.id, 'created'],
		foresee: (view, args) => view.residences.set(args.id, { ...args, role: 'owner', version: null }),
		learn: (phone, body) => phone.hold('residences', body),
	},
	change: {
		request: (args) => patch(RESIDENCE + args.residence_id, args.change),
		about: (args) => ['residences', args.residence_id], guarded: true,
		trace: (args) => ['residence', args.residence_id, 'updated'],
		foresee: (view, args) => set('residences', args.residence_id, args.change)(view),
		learn: (phone, body) => phone.hold('residences', body),
	},
	abandon: {
		request: (args) => drop(RESIDENCE + args.residence_id),
		about: (args) => ['residences', args.residence_id], guarded: true,
		trace: (args) => ['residence', args.residence_id, 'deleted'],
		foresee: (view, args) => view.residences.delete(args.residence_id),
		learn() {},			// what was in it the next sync takes away
	},
	rename: {
		request: (args) => patch('/api/auth/me', args.change),
		about: () => ['me', 'me'],
		trace: () => null,
		foresee() {}, learn() {},
	},
	promote: {
		request: (args) => patch(memberAt(args), { role: args.role }),
		about: (args) => ['members', memberId(args)],
		trace: () => null,		// of a role that they have already
		foresee: (view, args) => set('members', memberId(args), { role: args.role })(view),
		learn: (phone, body) => phone.hold('members', body),
	},
	expel: {
		request: (args) => drop(memberAt(args)),
		about: (args) => ['members', memberId(args)],
		trace: (args) => ['member', args.user_id, 'removed'],
		foresee: (view, args) => view.members.delete(memberId(args)),
		learn: (phone, body, args) => phone.forget('members', memberId(args)),
	},
	join: {
		request: (args) => post('/api/residences/join', { code: args.code }),
		about: (args) => ['residences', args.residence_id],
		trace: (args) => ['member', args.user_id, 'joined'],
		foresee() {},
		learn: (phone, body) => phone.hold('residences', body),
	},
	// What they were told may have been taken back since.
	see: {
		request: (args) => post(`${NOTICE}${args.notification_id}/read`),
		about: (args) => ['notifications', args.notification_id],
		trace: () => null,
		foresee: (view, args) => set('notifications', args.notification_id, { read_at: '' })(view),
		learn: (phone, body) => phone.hold('notifications', body),
	},
	dismiss: {
		request: (args) => drop(NOTICE + args.notification_id),
		about: (args) => ['notifications', args.notification_id],
		trace: () => null,
		foresee: (view, args) => view.notifications.delete(args.notification_id),
		learn: (phone, body, args) => phone.forget('notifications', args.notification_id),
	},
	leave: {
		request: (args) => post(`${RESIDENCE}${args.residence_id}/leave`),
		about: (args) => ['residences', args.residence_id],
		trace: (args) => ['member', args.user_id, 'left'],
		foresee: (view, args) => view.residences.delete(args.residence_id),
		learn() {},
	},
};
