// questions.jsx: the dialogs in which the person answers what a request waits for (ask.js).
import { useState, useSyncExternalStore } from 'react';
import { useNotify, useTranslate } from 'react-admin';
import {
	Button,
	Dialog,
	DialogActions,
	DialogContent,
	DialogContentText,
	DialogTitle,
	List,
	ListItem,
	ListItemText,
	TextField,
} from '@mui/material';

import { asked, subscribe } from './ask.js';
import { call } from './call.js';
import { Merge } from './merge.jsx';

/** A dialog with a form: Enter answers, Escape does not. */
export function Ask({ title, children, wide, yes, no = 'ra.action.cancel', onYes, onNo }) {
	const translate = useTranslate();
	const submit = (event) => {
		event.preventDefault();
		event.stopPropagation();
		onYes();
	};

	return (
		<Dialog open onClose={onNo} maxWidth={wide ? 'md' : 'xs'} fullWidth aria-labelledby="ask-title">
			<form onSubmit={submit} noValidate>
				<DialogTitle id="ask-title">{title}</DialogTitle>
				<DialogContent>{children}</DialogContent>
				<DialogActions>
					{onNo && <Button onClick={onNo}>{translate(no)}</Button>}
					<Button type="submit" variant="contained">
						{translate(yes ?? 'ra.action.confirm')}
					</Button>
				</DialogActions>
			</form>
		</Dialog>
	);
}

function Reason({ about, answer }) {
	const [text, setText] = useState(about.last);
	const translate = useTranslate();

	return (
		<Ask
			title={translate('hob.reason_title')}
			onYes={() => text.trim() && answer(text.trim())}
			onNo={() => answer(null)}
		>
			<TextField
				autoFocus
				required
				fullWidth
				margin="normal"
				label={translate('hob.reason')}
				value={text}
				onChange={(event) => setText(event.target.value)}
				onFocus={(event) => event.target.select()}
				helperText={translate(about.lasts ? 'hob.reason_reads' : 'hob.reason_write')}
			/>
		</Ask>
	);
}

function Password({ answer }) {
	const [password, setPassword] = useState('');
	const [wrong, setWrong] = useState('');
	const translate = useTranslate();
	const confirm = () =>
		call({ method: 'POST', path: '/auth/confirm', body: { password } }).then(
			() => answer(true),
			(problem) => setWrong(problem.message)
		);

	return (
		<Ask title={translate('hob.password_title')} onYes={confirm} onNo={() => answer(null)}>
			<DialogContentText>{translate('hob.password_text')}</DialogContentText>
			<TextField
				autoFocus
				required
				fullWidth
				margin="normal"
				type="password"
				autoComplete="current-password"
				label={translate('ra.auth.password')}
				value={password}
				error={wrong !== ''}
				helperText={wrong}
				onChange={(event) => setPassword(event.target.value)}
			/>
		</Ask>
	);
}

/** New ones of staff: for whom they are has to be told on another way. */
function Credentials({ about, answer }) {
	const translate = useTranslate();
	const shown = [
		['ra.auth.password', about.password],
		['hob.totp_url', about.totp_url],
		['hob.recovery_codes', about.recovery_codes.join('\n')],
	];

	return (
		<Ask title={translate('hob.credentials_title')} yes="hob.credentials_kept" onYes={() => answer(true)}>
			<DialogContentText>{translate('hob.credentials_text')}</DialogContentText>
			{shown.map(([label, text]) => (
				<TextField
					key={label}
					fullWidth
					multiline
					margin="normal"
					label={translate(label)}
					value={text}
					slotProps={{ htmlInput: { readOnly: true, spellCheck: false } }}
				/>
			))}
		</Ask>
	);
}

/** Of many, those to which it was not done, each with the reason in the words of the server. */
function Refused({ about: { count, others }, answer }) {
	const translate = useTranslate();

	return (
		<Ask
			title={translate('hob.refused_title', { smart_count: others.length })}
			yes="ra.action.close"
			onYes={() => answer(true)}
		>
			<DialogContentText>{translate('hob.refused_text', { count })}</DialogContentText>
			<List dense>
				{others.map(({ id, name, detail }) => (
					<ListItem key={id} disableGutters>
						<ListItemText primary={name} secondary={detail} />
					</ListItem>
				))}
			</List>
		</Ask>
	);
}

const dialogs = { reason: Reason, password: Password, merge: Merge, credentials: Credentials, refused: Refused };

export function Questions() {
	const question = useSyncExternalStore(subscribe, asked);
	const Dialog = question && dialogs[question.kind];

	return question ? <Dialog key={question.key} about={question.about} answer={question.answer} /> : null;
}

/** Shows what a request failed with, in the words of the server, which say when to try again. */
export function useComplain() {
	const notify = useNotify();

	return ({ message }) => notify(message, { type: 'error', messageArgs: { _: message } });
}

/** What a form with these fields failed with, by field; what none of them can show is said aloud. */
export function useTelling(names) {
	const complain = useComplain();

	return (problem) => {
		const { errors = {} } = problem.body ?? {};
		const faulty = Object.keys(errors);

		if (faulty.length === 0 || !faulty.every((name) => names.includes(name)))
			complain(problem);
		return errors;
	};
}
