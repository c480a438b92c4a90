// related.jsx: what belongs to a thing: the entities that refer to it. They are found in the schema; which of them are
// open at once, and in which order, is said here.
import { useState } from 'react';
import { DataTable, Pagination, ReferenceManyField, useRecordContext, useTranslate } from 'react-admin';
import { Accordion, AccordionDetails, AccordionSummary, Box, Typography } from '@mui/material';
import ExpandMore from '@mui/icons-material/ExpandMore';

import { entityOf, isGuarded, readable, referring } from './schema.js';
import { addressOf } from './list.jsx';
import { Shown, typeOf } from './types.jsx';

/** Open at once, in this order. The rest is below, closed. */
const OPEN = {
	users: [
		'members',
		'residences',
		'sessions',
		'subscriptions',
		'devices',
		'notices',
		'audit-events',
	],
	residences: ['members', 'share-codes', 'audit-events'],
};
const AUDIT = 'audit-events';

/** The audit trail refers to all kinds of things, by `subject`. */
function relatedTo(name) {
	const audit =
		name !== AUDIT && readable(AUDIT) ? [{ entity: entityOf(AUDIT), column: { name: 'subject' } }] : [];
	const rank = ({ entity }) => {
		const at = (OPEN[name] ?? []).indexOf(entity.name);

		return at < 0 ? Infinity : at;
	};

	return [...referring(name), ...audit]
		.map((other) => ({ ...other, rank: rank(other) }))
		.sort((a, b) => (a.rank === b.rank ? 0 : a.rank - b.rank));
}

function Rows({ entity, by }) {
	const shown = entity.columns.filter(({ name, list }) => name !== by && (list || name === entity.title_field));

	return (
		<DataTable
			bulkActionButtons={false}
			size="small"
			storeKey={`${entity.name}.related.datatable`}
			rowClick={(id, resource) => addressOf(resource, id)}
		>
			{shown.map((column) => (
				<DataTable.Col
					key={column.name}
					source={column.name}
					disableSort={!column.order}
					align={typeOf(column).align}
					label={`resources.${entity.name}.fields.${column.name}`}
				>
					<Shown column={column} />
				</DataTable.Col>
			))}
		</DataTable>
	);
}

function sortOf({ columns }) {
	const created = columns.find(({ name, order }) => order && ['created_at', 'at'].includes(name));

	return created ? { field: created.name, order: 'DESC' } : undefined;
}

function Section({ entity, column, rank }) {
	const [open, setOpen] = useState(rank !== Infinity && !isGuarded(entity));
	const translate = useTranslate();

	return (
		<Accordion
			expanded={open}
			onChange={() => setOpen(!open)}
			slotProps={{ transition: { unmountOnExit: true } }}
			disableGutters
		>
			<AccordionSummary expandIcon={<ExpandMore />}>
				<Typography component="h2" variant="subtitle1">
					{translate(`resources.${entity.name}.name`, { smart_count: 2 })}
				</Typography>
			</AccordionSummary>
			<AccordionDetails tabIndex={0} sx={{ overflowX: 'auto' }}>
				<ReferenceManyField
					reference={entity.name}
					target={column.name}
					perPage={5}
					sort={sortOf(entity)}
					pagination={<Pagination rowsPerPageOptions={[5, 25]} />}
				>
					<Rows entity={entity} by={column.name} />
				</ReferenceManyField>
			</AccordionDetails>
		</Accordion>
	);
}

export function Related({ entity }) {
	const record = useRecordContext();

	return (
		record && (
			<Box sx={{ mt: 2 }}>
				{relatedTo(entity.name).map((other) => (
					<Section key={`${other.entity.name} ${other.column.name}`} {...other} />
				))}
			</Box>
		)
	);
}
