// types.jsx: what the types of columns look like, shown and in a form. A new type is a row of `types`.
import { useMemo } from 'react';
import {
	AutocompleteInput,
	BooleanField,
	BooleanInput,
	DateField,
	DateInput,
	DateTimeInput,
	EmailField,
	FunctionField,
	NullableBooleanInput,
	NumberField,
	NumberInput,
	ReferenceField,
	ReferenceInput,
	SelectInput,
	TextField,
	TextInput,
	useLocale,
	useRecordContext,
	useTranslate,
} from 'react-admin';
import { Typography } from '@mui/material';

import { checksOf } from './checks.js';
import { draft, draftOf, entityOf, isGuarded, readJson, readable } from './schema.js';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** 1536 → "1.5 KiB" */
export function sized(bytes, locale) {
	const step = bytes > 0 ? Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1) : 0;
	const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(bytes / 1024 ** step);

	return `${number} ${UNITS[step]}`;
}

const Small = (props) => <Typography component="span" variant="body2" {...props} />;

function BytesField({ source }) {
	const bytes = useRecordContext()?.[source];
	const locale = useLocale();

	return bytes === undefined || bytes === null ? null : <Small>{sized(Number(bytes), locale)}</Small>;
}

const written = (value) => (value === null || value === undefined ? '' : JSON.stringify(value, null, 2));

const JsonField = ({ source }) => (
	<FunctionField
		source={source}
		render={(record) => (
			<Typography
				component="pre"
				variant="body2"
				sx={{ m: 0, whiteSpace: 'pre-wrap', wordBreak: 'break-word' }}
			>
				{written(record[source])}
			</Typography>
		)}
	/>
);

const EnumField = ({ source }) => {
	const value = useRecordContext()?.[source];
	const translate = useTranslate();

	return value === undefined || value === null ? null : <Small>{translate(`values.${source}.${value}`)}</Small>;
};

const TimeField = (props) => <DateField showTime {...props} />;
const LongField = (props) => <TextField component="div" sx={{ whiteSpace: 'pre-wrap' }} {...props} />;

/** By its title, where the other may be read without a word; else by its id. */
function RefField({ source, column }) {
	const other = entityOf(column.reference);

	if (!other || !readable(other.name))
		return <TextField source={source} />;
	if (isGuarded(other))
		return <ReferenceLink source={source} to={other.name} />;
	return <ReferenceField source={source} reference={other.name} link="show" />;
}

const ReferenceLink = ({ source, to }) => (
	<FunctionField
		source={source}
		render={(record) =>
			record[source] && (
				<a href={`#/${to}/${encodeURIComponent(record[source])}/show`}>{record[source]}</a>
			)
		}
	/>
);

function EnumInput({ column, ...props }) {
	const translate = useTranslate();
	const choices = useMemo(
		() => (column.values ?? []).map((id) => ({ id, name: translate(`values.${column.name}.${id}`) })),
		[column, translate]
	);

	return <SelectInput choices={choices} translateChoice={false} {...props} />;
}

const sought =
	({ search }) =>
	(text) =>
		text && search ? { search: text } : {};

function RefInput({ column, label, validate, helperText, ...props }) {
	const other = entityOf(column.reference);

	if (!other || !readable(other.name) || isGuarded(other))
		return <TextInput label={label} validate={validate} helperText={helperText} {...props} />;
	return (
		<ReferenceInput
			reference={other.name}
			perPage={20}
			sort={{ field: other.title_field, order: 'ASC' }}
			{...props}
		>
			<AutocompleteInput
				label={label}
				validate={validate}
				helperText={helperText}
				filterToQuery={sought(other)}
				optionText={other.title_field}
			/>
		</ReferenceInput>
	);
}

const isJson = (value) => {
	try {
		readJson(value);
		return undefined;
	} catch {
		return 'hob.json';
	}
};

function JsonInput({ validate = [], ...props }) {
	return (
		<TextInput
			multiline
			minRows={3}
			parse={draft}
			format={(value) => draftOf(value) ?? written(value)}
			validate={[...validate, isJson]}
			{...props}
		/>
	);
}

/** A browser's clock tells no zone; the server wants one. */
const instant = (text) => (text ? new Date(text).toISOString() : null);

const plain = { field: TextField, input: TextInput };

export const types = {
	text: plain,
	long: { field: LongField, input: (props) => <TextInput multiline minRows={3} {...props} /> },
	email: { field: EmailField, input: (props) => <TextInput type="email" {...props} /> },
	bool: { field: BooleanField, input: BooleanInput, filter: NullableBooleanInput },
	int: { field: NumberField, input: (props) => <NumberInput step={1} {...props} />, align: 'right' },
	number: { field: NumberField, input: NumberInput, align: 'right' },
	date: { field: DateField, input: DateInput },
	timestamp: { field: TimeField, input: (props) => <DateTimeInput parse={instant} {...props} /> },
	enum: { field: EnumField, input: EnumInput, takesColumn: true },
	reference: { field: RefField, input: RefInput, takesColumn: true },
	json: { field: JsonField, input: JsonInput },
	bytes: { field: BytesField, input: (props) => <NumberInput step={1} {...props} />, align: 'right' },
};

/** The end of what nobody sees. */
const HintField = ({ source }) => (
	<FunctionField source={source} render={(record) => record[source] && `…${record[source]}`} />
);

export const typeOf = (column) => types[column.type] ?? plain;

export function Shown({ column }) {
	const { field: Field, takesColumn } = column.masked ? { field: HintField } : typeOf(column);

	return <Field source={column.name} {...(takesColumn ? { column } : {})} />;
}

export function Input({ column, needed = column.required, ...props }) {
	const { input: Written, takesColumn } = typeOf(column);

	return (
		<Written
			source={column.name}
			{...(takesColumn ? { column } : {})}
			fullWidth
			validate={checksOf(column, needed)}
			helperText={false}
			{...props}
		/>
	);
}
