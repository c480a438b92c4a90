// idle.jsx: warns before the session ends of itself, and leaves when it has. Nothing of it stays on the screen then.
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useLogout, useNotify, useTranslate } from 'react-admin';
import { DialogContentText } from '@mui/material';

import { askMe } from './auth.js';
import { Ask } from './questions.jsx';
import { current, subscribe } from './session.js';

const WARN_MS = 120_000;

/** 1:59 */
const clock = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`;

/** Milliseconds to the end, looked at each second; null when nobody is signed in. */
function useLeft() {
	const idleEnds = useSyncExternalStore(subscribe, () => current()?.idle_ends);
	const [now, setNow] = useState(Date.now());

	useEffect(() => {
		const timer = setInterval(() => setNow(Date.now()), 1000);

		return () => clearInterval(timer);
	}, []);
	return idleEnds === undefined ? null : idleEnds - Math.max(now, Date.now());
}

export function Idle() {
	const left = useLeft();
	const logout = useLogout();
	const notify = useNotify();
	const translate = useTranslate();
	const warn = Math.min(WARN_MS, (current()?.idle_ms ?? 0) / 2);
	const over = left !== null && left <= 0;

	useEffect(() => {
		if (over)
			logout().then(() => notify('hob.session_ended', { type: 'info' }));
	}, [over]);
	if (left === null || over || left > warn)
		return null;
	return (
		<Ask
			title={translate('hob.idle_title')}
			yes="hob.stay"
			onYes={() => askMe().catch(() => logout())}
			no="ra.auth.logout"
			onNo={() => logout()}
		>
			<DialogContentText role="timer">
				{translate('hob.idle_text', { time: clock(left) })}
			</DialogContentText>
		</Ask>
	);
}
