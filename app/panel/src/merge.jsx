// merge.jsx: somebody else has saved meanwhile. What only one side has touched is that side's; of what both have, the
// person says which stands, field by field.
import { useState } from 'react';
import { RecordContextProvider, ResourceContextProvider, useTranslate } from 'react-admin';
import { Box, DialogContentText, FormControlLabel, Radio, RadioGroup, Typography } from '@mui/material';

import { Ask } from './questions.jsx';
import { columnOf, entityOf } from './schema.js';
import { Shown } from './types.jsx';

const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** The names of what I have written and they now have otherwise. */
const disputed = ({ mine, theirs }) => Object.keys(mine).filter((name) => !same(mine[name], theirs[name]));

/** Of those, what they have not touched is mine unless I say otherwise. */
const firstChoice = ({ before, theirs }, name) => (same(before[name], theirs[name]) ? 'mine' : 'theirs');

function Value({ record, column }) {
	const translate = useTranslate();
	const empty = record[column.name] === null || record[column.name] === undefined || record[column.name] === '';

	return (
		<RecordContextProvider value={record}>
			{empty ? <span>{translate('hob.empty')}</span> : <Shown column={column} />}
		</RecordContextProvider>
	);
}

function Choice({ about, column, chosen, onChoose }) {
	const translate = useTranslate();
	const label = translate(`resources.${about.entity}.fields.${column.name}`);

	return (
		<Box component="fieldset" sx={{ border: 0, p: 0, m: 0, mt: 2, minWidth: 0 }}>
			<Typography component="legend" variant="subtitle2">
				{label}
			</Typography>
			<RadioGroup
				aria-label={label}
				value={chosen}
				onChange={(event) => onChoose(event.target.value)}
			>
				{['mine', 'theirs'].map((side) => (
					<FormControlLabel
						key={side}
						value={side}
						control={<Radio size="small" />}
						label={
							<>
								{translate(`hob.${side}`)}:{' '}
								<Value record={about[side]} column={column} />
							</>
						}
					/>
				))}
			</RadioGroup>
		</Box>
	);
}

export function Merge({ about, answer }) {
	const translate = useTranslate();
	const names = disputed(about);
	const [chosen, setChosen] = useState(() =>
		Object.fromEntries(names.map((name) => [name, firstChoice(about, name)]))
	);
	const save = () =>
		answer(
			Object.fromEntries(
				names
					.filter((name) => chosen[name] === 'mine')
					.map((name) => [name, about.mine[name]])
			)
		);

	return (
		<Ask
			wide
			title={translate('hob.merge_title')}
			yes="hob.merge_save"
			onYes={save}
			onNo={() => answer(null)}
		>
			<DialogContentText>{translate('hob.merge_text')}</DialogContentText>
			<ResourceContextProvider value={about.entity}>
				{names.map((name) => (
					<Choice
						key={name}
						about={about}
						column={columnOf(entityOf(about.entity), name)}
						chosen={chosen[name]}
						onChoose={(side) => setChosen({ ...chosen, [name]: side })}
					/>
				))}
			</ResourceContextProvider>
		</Ask>
	);
}
