// auth.js: react-admin's authProvider. Who is signed in is known to the server; here is only what it has said.
import { dismiss } from './ask.js';
import { call, forget } from './call.js';
import { entityOf, loadSchema } from './schema.js';
import { begin, current, end, expire } from './session.js';

/** What react-admin calls a page or a button, and what may be done with an entity. */
const ACTS = { list: 'read', show: 'read', export: 'read', edit: 'update', create: 'create', delete: 'delete' };

async function me() {
	const answer = await call({ path: '/auth/me' });
	const now = Date.parse(answer.headers.get('Date')) || Date.now();

	begin(await answer.json(), now);
}

let asking = null;

/** Whoever wants to know at once is told by one request. */
export function askMe() {
	asking ??= me().finally(() => {
		asking = null;
	});
	return asking;
}

const signedIn = async () => current() ?? askMe();

export const authProvider = {
	login: async (who) => {
		await call({ method: 'POST', path: '/auth/login', body: who });
		await askMe();
	},
	logout: async () => {
		if (current() && !current().has_ended)
			await call({ method: 'POST', path: '/auth/logout' }).catch(() => {});
		dismiss();
		forget();
		end();
	},
	checkAuth: () => signedIn(),
	checkError: async (problem) => {
		if (problem.status !== 401)
			return;
		dismiss();
		expire();
		// That leads to the way in (idle.jsx), and says why. So react-admin need not.
		throw { message: false, logoutUser: false };
	},
	getIdentity: async () => {
		await signedIn();
		const { id, name, role } = current().me;

		return { id, fullName: name, role };
	},
	// The schema is what somebody may, so that pages wait for it.
	getPermissions: async () => {
		await signedIn();
		return loadSchema();
	},
	canAccess: async ({ resource, action }) => entityOf(resource)?.may[ACTS[action]] ?? true,
};
