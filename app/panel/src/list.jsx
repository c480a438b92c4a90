// list.jsx: the list of any entity: a table, or cards on a phone.
import {
	BulkActionsToolbar,
	ColumnsButton,
	CreateButton,
	DataTable,
	FilterButton,
	List,
	SimpleList,
	TopToolbar,
	useCanAccess,
	useListContext,
	useRecordContext,
	useResourceContext,
	useTranslate,
} from 'react-admin';
import { Alert, Box, Link, useMediaQuery } from '@mui/material';
import { Link as RouterLink } from 'react-router-dom';

import { BulkDeleteButton, BulkEditButton } from './bulk.jsx';
import { CsvButton } from './csv.jsx';
import { filtersOf } from './filters.jsx';
import { columnOf, isOpen, useEntity } from './schema.js';
import { Shown, typeOf } from './types.jsx';

const useIsSmall = () => useMediaQuery((theme) => theme.breakpoints.down('sm'));

export const addressOf = (resource, id) => `/${resource}/${encodeURIComponent(id)}/show`;

/** The title leads to the thing; the whole row does so for who has a mouse. */
function Title({ column }) {
	const record = useRecordContext();

	return (
		<Link
			component={RouterLink}
			to={addressOf(useResourceContext(), record.id)}
			onClick={(event) => event.stopPropagation()}
		>
			{record[column.name] || record.id}
		</Link>
	);
}

/** The title first, whatever the schema's order. The rest of the columns comes with one thing alone. */
function tableColumns(entity) {
	const title = columnOf(entity, entity.title_field);

	return [title, ...entity.columns.filter((column) => column !== title && column.list)];
}

const colOf = (entity) => (column) => (
	<DataTable.Col
		key={column.name}
		source={column.name}
		disableSort={!column.order}
		align={typeOf(column).align}
		label={`resources.${entity.name}.fields.${column.name}`}
	>
		{column.name === entity.title_field ? <Title column={column} /> : <Shown column={column} />}
	</DataTable.Col>
);

function Bulk({ entity }) {
	return (
		<BulkActionsToolbar selectAllButton={false}>
			{entity.may.update && <BulkEditButton />}
			{entity.may.delete && <BulkDeleteButton />}
		</BulkActionsToolbar>
	);
}

function Table({ entity }) {
	const may = entity.may.update || entity.may.delete;

	return (
		<DataTable
			rowClick="show"
			bulkActionButtons={may}
			bulkActionsToolbar={may ? <Bulk entity={entity} /> : <></>}
		>
			{tableColumns(entity).map(colOf(entity))}
		</DataTable>
	);
}

function Cards({ entity }) {
	const [second, third] = entity.columns.filter(({ list, name }) => list && name !== entity.title_field);

	return (
		<SimpleList
			rowClick="show"
			primaryText={(record) => record[entity.title_field] || record.id}
			secondaryText={second && <Shown column={second} />}
			tertiaryText={
				third && (
					<Box component="span" sx={{ float: 'right' }}>
						<Shown column={third} />
					</Box>
				)
			}
		/>
	);
}

function Actions() {
	const resource = useResourceContext();
	const { canAccess } = useCanAccess({ resource, action: 'create' });
	const isSmall = useIsSmall();

	return (
		<TopToolbar>
			<FilterButton />
			{!isSmall && <ColumnsButton />}
			<CsvButton />
			{canAccess && <CreateButton />}
		</TopToolbar>
	);
}

function Body({ entity }) {
	const { filterValues } = useListContext();
	const translate = useTranslate();
	const isSmall = useIsSmall();

	if (!isOpen(entity, filterValues)) {
		const name = entity.within.map((one) => translate(`resources.${entity.name}.fields.${one}`)).join(', ');

		return <Alert severity="info">{translate('hob.choose_within', { name })}</Alert>;
	}
	return isSmall ? <Cards entity={entity} /> : <Table entity={entity} />;
}

/** The newest first, where that can be asked for. */
function firstSort({ columns }) {
	const created = columns.find(({ name, order }) => order && ['created_at', 'at', 'day'].includes(name));
	const first = created ?? columns.find(({ order }) => order);

	return first && { field: first.name, order: created ? 'DESC' : 'ASC' };
}

export function EntityList() {
	const entity = useEntity();

	return (
		<List
			filters={filtersOf(entity)}
			actions={<Actions />}
			perPage={25}
			empty={false}
			sort={firstSort(entity)}
		>
			<Body entity={entity} />
		</List>
	);
}
