// session.js: how long the session still lasts, as far as this page knows. The session itself is a cookie that no
// script sees. Other tabs of the panel share it, so they tell each other when it was used, and when it ended.
const channel = new BroadcastChannel('hob-admin');
const listeners = new Set();
let session = null;

const changed = () => listeners.forEach((listener) => listener());

function use() {
	if (session && !session.has_ended)
		session.idle_ends = Math.min(Date.now() + session.idle_ms, session.ends);
	changed();
}

/** It is over: nothing of it stays on this page (idle.jsx). */
function leave() {
	if (session)
		Object.assign(session, { idle_ends: 0, has_ended: true });
	changed();
}

channel.onmessage = ({ data }) => (data === 'used' ? use() : leave());

/** Tells the other tabs, unless one of them has said so: it may have begun another since. */
function tell() {
	if (session && !session.has_ended)
		channel.postMessage('ended');
}

/** Begins with what /auth/me says, and the clock of the server that said it: ours may be wrong. */
export function begin(me, now) {
	session = { me, idle_ms: Date.parse(me.idle_ends_at) - now, ends: Date.now() + Date.parse(me.ends_at) - now };
	use();
}

export function used() {
	if (!session)
		return;
	channel.postMessage('used');
	use();
}

/** The server has ended it. */
export function expire() {
	tell();
	leave();
}

export function end() {
	tell();
	session = null;
	changed();
}

export const current = () => session;

export function subscribe(listener) {
	listeners.add(listener);
	return () => listeners.delete(listener);
}
