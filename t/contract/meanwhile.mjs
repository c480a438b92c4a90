// meanwhile.mjs: what happens in the household of the examples without a request of anybody's.
import { sql } from '../api/support/db.mjs';
import { unsubscribeToken } from '../api/support/unsubscribe.mjs';
import { exampleOf } from './household.mjs';

const MEANWHILE = {
	/* A mail has come, with a link in it. */
	unsubscribe: (names, { parameters: [{ example }] }) => {
		const [kind, user] = example.split('.');

		names.tell(example, unsubscribeToken(names.real(user), kind));
	},
	listNotifications: (names, { answers }) => sql(`SELECT hob.notify(ARRAY[r.owner_id], 'task_due', r.id, 'task', t.id,
			jsonb_build_object('title', t.title, 'home', r.name, 'due_on', t.due_on), t.occurrence, 0)
		  FROM residences r JOIN tasks t ON t.residence_id = r.id WHERE t.id = :'task'`,
	{ task: names.real(answers[0][1].results[0].subject_id) }),
};

/** What is there before this step; `names` are those of the server. */
export const meanwhile = (step, names) =>
	MEANWHILE[step.id]?.(names, exampleOf(step));
