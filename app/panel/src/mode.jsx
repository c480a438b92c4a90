// mode.jsx: whether the service takes what households change: a strip above each page while it does not, and the page
// where an admin changes that.
import { Form, Title, useDataProvider, useGetIdentity, useLocale, useNotify, useTranslate } from 'react-admin';
import { Alert, Button, Card, CardContent, Link, Typography } from '@mui/material';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link as RouterLink } from 'react-router-dom';

import { useTelling } from './questions.jsx';
import { Input } from './types.jsx';

const KEY = ['mode'];
const MESSAGE = { name: 'message', type: 'text', required: true, min: 1, max: 500 };

/** Asked once for all that show it, and again when it was changed here. */
function useMode() {
	const data = useDataProvider();
	const locale = useLocale();
	const { data: mode } = useQuery({
		queryKey: KEY,
		queryFn: async () => (await data.mode()).data,
		staleTime: Infinity,
	});

	return (
		mode && {
			...mode,
			since: new Date(mode.since).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' }),
		}
	);
}

export function ModeStrip() {
	const mode = useMode();
	const translate = useTranslate();

	return mode?.read_only ? (
		<Alert severity="warning" role="status" sx={{ mt: 1, overflowWrap: 'anywhere' }}>
			<Link component={RouterLink} to="/mode" color="inherit">
				{translate('hob.mode_read_only', mode)}
			</Link>
		</Alert>
	) : null;
}

function useChange() {
	const data = useDataProvider();
	const queries = useQueryClient();
	const notify = useNotify();
	const tell = useTelling(['message']);

	return async ({ message }) => {
		try {
			await data.changeMode({ message });
		} catch (problem) {
			return tell(problem);
		}
		notify('hob.act_done');
		return queries.invalidateQueries({ queryKey: KEY });
	};
}

function Change({ mode }) {
	const translate = useTranslate();
	const change = useChange();

	return (
		<Form onSubmit={change} record={{ message: mode.message }}>
			<Input column={MESSAGE} label="hob.mode_message" />
			<Button type="submit" variant="contained" color="error" sx={{ my: 1, mr: 1 }}>
				{translate(mode.read_only ? 'hob.mode_change' : 'hob.mode_set')}
			</Button>
			{mode.read_only && (
				<Button variant="contained" onClick={() => change({ message: null })}>
					{translate('hob.mode_end')}
				</Button>
			)}
		</Form>
	);
}

export function Mode() {
	const mode = useMode();
	const { identity } = useGetIdentity();
	const translate = useTranslate();

	return (
		<Card sx={{ mt: 2, maxWidth: 640 }}>
			<Title title="hob.mode" />
			<CardContent>
				{mode && !mode.read_only && <Typography>{translate('hob.mode_normal', mode)}</Typography>}
				<Typography color="textSecondary" sx={{ my: 1 }}>
					{translate('hob.mode_help')}
				</Typography>
				{mode && identity?.role === 'admin' && <Change mode={mode} />}
			</CardContent>
		</Card>
	);
}
