// show.jsx: one of any entity: all of its columns, what may be done to it, and what belongs to it. A user's page is
// this one, with homes, sessions, subscription, devices, notices and the audit trail open below.
import { DeleteButton, EditButton, Labeled, ListButton, Show, TopToolbar, useRecordContext } from 'react-admin';
import { Box, Card, CardContent } from '@mui/material';

import { ActionButtons } from './actions.jsx';
import { Related } from './related.jsx';
import { useEntity } from './schema.js';
import { Shown } from './types.jsx';

/** What cannot be changed has no form to be deleted from. */
const Actions = ({ may }) => (
	<TopToolbar sx={{ flexWrap: 'wrap' }}>
		<ActionButtons />
		<ListButton />
		<EditButton />
		{may.delete && !may.update && <DeleteButton mutationMode="pessimistic" />}
	</TopToolbar>
);

function Columns({ entity }) {
	const record = useRecordContext();
	const there = entity.columns.filter(({ name }) => record?.[name] !== undefined);

	return (
		<Card>
			<CardContent>
				<Box
					sx={{
						display: 'grid',
						gap: 2,
						gridTemplateColumns:
							'repeat(auto-fill, minmax(min(15rem, 100%), 1fr))',
					}}
				>
					{there.map((column) => (
						<Labeled
							key={column.name}
							label={`resources.${entity.name}.fields.${column.name}`}
							sx={{
								overflowWrap: 'anywhere',
								gridColumn:
									column.type === 'json' ? '1 / -1' : undefined,
							}}
						>
							<Shown column={column} />
						</Labeled>
					))}
				</Box>
			</CardContent>
		</Card>
	);
}

export function EntityShow() {
	const entity = useEntity();

	return (
		<Show component="div" actions={<Actions may={entity.may} />}>
			<Columns entity={entity} />
			<Related entity={entity} />
		</Show>
	);
}
