// actions.jsx: what may be done to a thing beside changing it: the actions of the schema, as buttons.
import { useState } from 'react';
import { Form, useDataProvider, useNotify, useRecordContext, useRefresh, useTranslate } from 'react-admin';
import { Button, Dialog, DialogActions, DialogContent, DialogTitle } from '@mui/material';

import { useTelling } from './questions.jsx';
import { useEntity } from './schema.js';
import { Input } from './types.jsx';

function useAct(action, onDone) {
	const { name: resource } = useEntity();
	const { id } = useRecordContext();
	const data = useDataProvider();
	const notify = useNotify();
	const refresh = useRefresh();
	const tell = useTelling(action.fields.map(({ name }) => name));

	return async (values) => {
		try {
			await data.act(resource, { id, action, values });
		} catch (problem) {
			return tell(problem);
		}
		onDone();
		notify('hob.act_done');
		return refresh();
	};
}

function Act({ action, onClose }) {
	const translate = useTranslate();
	const act = useAct(action, onClose);
	const label = translate(`actions.${action.name}`);

	return (
		<Dialog open onClose={onClose} maxWidth="xs" fullWidth aria-labelledby="act-title">
			<Form onSubmit={act} record={{}}>
				<DialogTitle id="act-title">
					{action.fields.length ? label : translate('hob.act_sure', { action: label })}
				</DialogTitle>
				<DialogContent>
					{action.fields.map((field) => (
						<Input key={field.name} column={field} />
					))}
				</DialogContent>
				<DialogActions>
					<Button onClick={onClose}>{translate('ra.action.cancel')}</Button>
					<Button
						type="submit"
						variant="contained"
						color={action.dangerous ? 'error' : 'primary'}
					>
						{label}
					</Button>
				</DialogActions>
			</Form>
		</Dialog>
	);
}

export function ActionButtons() {
	const { actions } = useEntity();
	const record = useRecordContext();
	const translate = useTranslate();
	const [open, setOpen] = useState(null);

	if (!record)
		return null;
	return (
		<>
			{actions.map((action) => (
				<Button
					key={action.name}
					size="small"
					color={action.dangerous ? 'error' : 'primary'}
					onClick={() => setOpen(action)}
				>
					{translate(`actions.${action.name}`)}
				</Button>
			))}
			{open && <Act action={open} onClose={() => setOpen(null)} />}
		</>
	);
}
