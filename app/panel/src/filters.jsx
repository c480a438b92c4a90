// filters.jsx: the filters of a list, from the schema. A column that can be filtered by says so (`filter: true`), or
// names what the server takes for it: ["created_at__gte", "created_at__lt"].
import { SearchInput, useTranslate } from 'react-admin';

import { Input, typeOf } from './types.jsx';

const named = (column) => (Array.isArray(column.filter) ? column.filter : column.filter ? [column.name] : []);

function Filter({ column, source, ...rest }) {
	const { filter: Own } = typeOf(column);

	return Own ? (
		<Own source={source} {...rest} />
	) : (
		<Input column={{ ...column, name: source }} validate={undefined} {...rest} />
	);
}

function Sought(props) {
	const translate = useTranslate();

	return <SearchInput slotProps={{ htmlInput: { 'aria-label': translate('ra.action.search') } }} {...props} />;
}

export function filtersOf(entity) {
	const search = entity.search ? [<Sought key="search" source="search" alwaysOn />] : [];
	const filters = entity.columns.flatMap((column) => named(column).map((source) => ({ column, source })));

	return [
		...search,
		...filters.map(({ column, source }) => (
			<Filter
				key={source}
				column={column}
				source={source}
				alwaysOn={entity.within?.includes(source) ?? false}
				label={`resources.${entity.name}.fields.${source}`}
			/>
		)),
	];
}
