// login.jsx: mail address, password and code, in one step: a wrong one is not told from another.
import { useState } from 'react';
import { useLocaleState, useLogin, useTranslate } from 'react-admin';
import { Alert, Button, Card, Container, Stack, TextField, Typography } from '@mui/material';

const FIELDS = [
	{ name: 'email', label: 'ra.auth.email', type: 'email', autoComplete: 'username', autoFocus: true },
	{ name: 'password', label: 'ra.auth.password', type: 'password', autoComplete: 'current-password' },
	{ name: 'code', label: 'hob.code', help: 'hob.code_help', type: 'text', autoComplete: 'one-time-code' },
];

function useSignIn() {
	const signIn = useLogin();
	const [problem, setProblem] = useState(null);
	const [busy, setBusy] = useState(false);
	const submit = async (event) => {
		event.preventDefault();
		setBusy(true);
		setProblem(null);
		await signIn(Object.fromEntries(new FormData(event.target))).catch(setProblem);
		setBusy(false);
	};

	return { problem, busy, submit };
}

function Wrong({ problem: { message } }) {
	const translate = useTranslate();

	return <Alert severity="error">{translate(message, { _: message })}</Alert>;
}

function Language() {
	const [locale, setLocale] = useLocaleState();
	const [other, name] = locale === 'de' ? ['en', 'English'] : ['de', 'Deutsch'];

	return (
		<Button size="small" lang={other} onClick={() => setLocale(other)}>
			{name}
		</Button>
	);
}

export function Login() {
	const translate = useTranslate();
	const { problem, busy, submit } = useSignIn();

	return (
		<Container component="main" maxWidth="xs" sx={{ py: 6 }}>
			<Card component="form" onSubmit={submit} sx={{ p: 3 }}>
				<Stack spacing={2}>
					<Typography variant="h5" component="h1">
						Hob
					</Typography>
					{problem && <Wrong problem={problem} />}
					{FIELDS.map(({ label, help, ...field }) => (
						<TextField
							key={field.name}
							{...field}
							label={translate(label)}
							required
							fullWidth
							helperText={help && translate(help)}
							slotProps={{
								htmlInput: {
									spellCheck: false,
									autoCapitalize: 'none',
								},
							}}
						/>
					))}
					<Button type="submit" variant="contained" disabled={busy}>
						{translate('ra.auth.sign_in')}
					</Button>
					<Language />
				</Stack>
			</Card>
		</Container>
	);
}
