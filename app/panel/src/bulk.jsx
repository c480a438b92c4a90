// bulk.jsx: what is done to all that is selected: one column of each is given one value, or each is deleted.
import { useState } from 'react';
import {
	Button,
	Confirm,
	Form,
	useDataProvider,
	useGetRecordRepresentation,
	useListContext,
	useNotify,
	useRefresh,
	useTranslate,
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
import DeleteIcon from '@mui/icons-material/Delete';
import EditIcon from '@mui/icons-material/Edit';

import { ask } from './ask.js';
import { useComplain, useTelling } from './questions.jsx';
import { columnOf, mayBeEmpty, useEntity } from './schema.js';
import { Input } from './types.jsx';

/** Does `what` of the data provider; `done` says so. What was refused stays selected, and the person is told why. */
function useBulk(what, done) {
	const { resource, selectedIds: ids, data: rows, onSelect } = useListContext();
	const provider = useDataProvider();
	const represent = useGetRecordRepresentation(resource);
	const notify = useNotify();
	const refresh = useRefresh();
	const nameOf = (id) => represent(rows.find((row) => row.id === id) ?? { id });

	return async (values) => {
		const { count, refused } = await provider[what](resource, { ids, values });

		onSelect(refused.map(({ id }) => id));
		refresh();
		if (refused.length === 0)
			return notify(done, { messageArgs: { smart_count: count } });
		const others = refused.map(({ id, problem: { detail } }) => ({ id, name: nameOf(id), detail }));

		return ask('refused', { count, others }, Math.random());
	};
}

function BulkEdit({ entity, onClose }) {
	const translate = useTranslate();
	const columns = entity.columns.filter(({ write }) => write);
	const [name, setName] = useState(columns[0].name);
	const column = columnOf(entity, name);
	const update = useBulk('updateEach', 'ra.notification.updated');
	const tell = useTelling([name]);
	const submit = (values) => update({ [name]: values[name] }).then(onClose, tell);

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

export function BulkDeleteButton() {
	const { resource, selectedIds } = useListContext();
	const translate = useTranslate();
	const complain = useComplain();
	const [open, setOpen] = useState(false);
	const remove = useBulk('deleteEach', 'ra.notification.deleted');
	const many = { smart_count: selectedIds.length };
	const words = { ...many, name: translate(`resources.${resource}.name`, many) };
	const confirm = () => {
		setOpen(false);
		remove().catch(complain);
	};

	return (
		<>
			<Button label="ra.action.delete" color="error" onClick={() => setOpen(true)}>
				<DeleteIcon />
			</Button>
			<Confirm
				isOpen={open}
				title="ra.message.bulk_delete_title"
				content="ra.message.bulk_delete_content"
				titleTranslateOptions={words}
				contentTranslateOptions={words}
				onConfirm={confirm}
				onClose={() => setOpen(false)}
			/>
		</>
	);
}
