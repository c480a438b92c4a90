// form.jsx: making and changing one of any entity.
import {
	Create,
	DeleteButton,
	Edit,
	ListButton,
	SaveButton,
	ShowButton,
	SimpleForm,
	Toolbar,
	TopToolbar,
} from 'react-admin';

import { useTelling } from './questions.jsx';
import { mayBeEmpty, useEntity } from './schema.js';
import { Input } from './types.jsx';

const booleans = (columns) =>
	Object.fromEntries(
		columns.filter(({ type, required }) => type === 'bool' && required).map(({ name }) => [name, false])
	);

const FormToolbar = ({ mayDelete }) => (
	<Toolbar>
		<SaveButton alwaysEnable />
		{mayDelete && <DeleteButton mutationMode="pessimistic" sx={{ ml: 'auto' }} />}
	</Toolbar>
);

export function EntityEdit() {
	const entity = useEntity();
	const columns = entity.columns.filter(({ write }) => write);
	const onError = useTelling(columns.map(({ name }) => name));

	return (
		<Edit
			mutationMode="pessimistic"
			redirect="show"
			mutationOptions={{ onError }}
			actions={
				<TopToolbar>
					<ListButton />
					<ShowButton />
				</TopToolbar>
			}
		>
			<SimpleForm toolbar={<FormToolbar mayDelete={entity.may.delete} />} sx={{ maxWidth: 640 }}>
				{columns.map((column) => (
					<Input key={column.name} column={column} needed={!mayBeEmpty(column)} />
				))}
			</SimpleForm>
		</Edit>
	);
}

export function EntityCreate() {
	const columns = useEntity().columns.filter(({ create }) => create);
	const onError = useTelling(columns.map(({ name }) => name));

	return (
		<Create
			redirect="show"
			mutationOptions={{ onError }}
			actions={
				<TopToolbar>
					<ListButton />
				</TopToolbar>
			}
		>
			<SimpleForm
				toolbar={<FormToolbar />}
				defaultValues={booleans(columns)}
				sx={{ maxWidth: 640 }}
			>
				{columns.map((column) => (
					<Input key={column.name} column={column} />
				))}
			</SimpleForm>
		</Create>
	);
}
