// bulk.jsx: one column of all that is selected is given one value.
import { useState } from 'react';
import {
	Button,
	Form,
	useListContext,
	useNotify,
	useRefresh,
	useTranslate,
	useUnselectAll,
	useUpdateMany,
} from 'react-admin';
import {
	Button as MuiButton,
	Dialog,
	DialogActions,
	DialogContent,
	DialogTitle,
	MenuItem,
	TextField,
} from '@mui/material';
import EditIcon from '@mui/icons-material/Edit';

import { useTelling } from './questions.jsx';
import { columnOf, mayBeEmpty, useEntity } from './schema.js';
import { Input } from './types.jsx';

function useBulk(name, onDone) {
	const { resource, selectedIds: ids } = useListContext();
	const [updateMany] = useUpdateMany();
	const unselect = useUnselectAll(resource);
	const notify = useNotify();
	const refresh = useRefresh();
	const tell = useTelling([name]);

	return async (data) => {
		try {
			await updateMany(resource, { ids, data }, { mutationMode: 'pessimistic', returnPromise: true });
		} catch (problem) {
			return tell(problem);
		}
		onDone();
		unselect();
		notify('ra.notification.updated', { messageArgs: { smart_count: ids.length } });
		return refresh();
	};
}

function BulkEdit({ entity, onClose }) {
	const translate = useTranslate();
	const columns = entity.columns.filter(({ write }) => write);
	const [name, setName] = useState(columns[0].name);
	const column = columnOf(entity, name);
	const save = useBulk(name, onClose);
	const submit = (values) => save({ [name]: values[name] });

	return (
		<Dialog open onClose={onClose} maxWidth="xs" fullWidth aria-labelledby="bulk-title">
			<Form onSubmit={submit} record={{}}>
				<DialogTitle id="bulk-title">{translate('hob.bulk_edit')}</DialogTitle>
				<DialogContent>
					<TextField
						select
						fullWidth
						margin="normal"
						label={translate('hob.bulk_field')}
						value={name}
						onChange={(event) => setName(event.target.value)}
					>
						{columns.map((other) => (
							<MenuItem key={other.name} value={other.name}>
								{translate(
									`resources.${entity.name}.fields.${other.name}`
								)}
							</MenuItem>
						))}
					</TextField>
					<Input
						key={name}
						column={column}
						needed={!mayBeEmpty(column)}
						label={translate('hob.bulk_value')}
						{...(column.type === 'bool' ? { defaultValue: false } : {})}
					/>
				</DialogContent>
				<DialogActions>
					<MuiButton onClick={onClose}>{translate('ra.action.cancel')}</MuiButton>
					<MuiButton type="submit" variant="contained">
						{translate('ra.action.save')}
					</MuiButton>
				</DialogActions>
			</Form>
		</Dialog>
	);
}

export function BulkEditButton() {
	const entity = useEntity();
	const [open, setOpen] = useState(false);

	return (
		<>
			<Button label="hob.bulk_edit" onClick={() => setOpen(true)}>
				<EditIcon />
			</Button>
			{open && <BulkEdit entity={entity} onClose={() => setOpen(false)} />}
		</>
	);
}
