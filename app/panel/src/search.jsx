// search.jsx: one field in the bar, and a page with what is found among users, residences and tasks.
import { useState } from 'react';
import { RecordContextProvider, ResourceContextProvider, Title, useGetList, useTranslate } from 'react-admin';
import {
	Button,
	Card,
	CardContent,
	IconButton,
	InputAdornment,
	Link,
	List,
	ListItem,
	ListItemText,
	TextField,
	Typography,
	useMediaQuery,
} from '@mui/material';
import { Link as RouterLink, useNavigate, useSearchParams } from 'react-router-dom';
import SearchIcon from '@mui/icons-material/Search';

import { addressOf } from './list.jsx';
import { entityOf, foundOf, isGuarded, readable } from './schema.js';
import { Shown } from './types.jsx';

const SEARCHED = ['users', 'residences', 'tasks'];

/** In the bar there is room for it on a screen; on a phone it stands on the page. */
export function SearchPlace() {
	const translate = useTranslate();

	if (!useMediaQuery((theme) => theme.breakpoints.down('sm')))
		return <SearchField width={280} />;
	return (
		<IconButton component={RouterLink} to="/search" color="inherit" aria-label={translate('hob.search')}>
			<SearchIcon />
		</IconButton>
	);
}

function SearchField({ width }) {
	const translate = useTranslate();
	const navigate = useNavigate();
	const submit = (event) => {
		event.preventDefault();
		const query = new FormData(event.target).get('q').trim();

		navigate(`/search?q=${encodeURIComponent(query)}`);
	};

	return (
		<form role="search" onSubmit={submit}>
			<TextField
				name="q"
				type="search"
				size="small"
				hiddenLabel
				variant="outlined"
				margin="none"
				sx={{ width, '& fieldset': { borderColor: 'currentcolor', opacity: 0.5 } }}
				slotProps={{
					htmlInput: { 'aria-label': translate('hob.search') },
					input: {
						sx: { color: 'inherit' },
						startAdornment: (
							<InputAdornment position="start" sx={{ color: 'inherit' }}>
								<SearchIcon />
							</InputAdornment>
						),
					},
				}}
			/>
		</form>
	);
}

function Hit({ entity, record }) {
	const second = entity.columns.find(({ name, list }) => list && name !== entity.title_field);

	return (
		<ListItem disableGutters>
			<RecordContextProvider value={record}>
				<ListItemText
					secondary={second && <Shown column={second} />}
					primary={
						<Link component={RouterLink} to={addressOf(entity.name, record.id)}>
							{record[entity.title_field] || record.id}
						</Link>
					}
				/>
			</RecordContextProvider>
		</ListItem>
	);
}

function Hits({ entity, query }) {
	const translate = useTranslate();
	const { data, total, isPending, error } = useGetList(entity.name, {
		pagination: { page: 1, perPage: 5 },
		filter: { search: query },
	});

	if (error)
		return <Typography>{error.message}</Typography>;
	if (isPending)
		return null;
	if (total === 0)
		return <Typography>{translate('hob.search_none')}</Typography>;
	const all = encodeURIComponent(JSON.stringify({ search: query }));

	return (
		<>
			<List dense>
				{data.map((record) => (
					<Hit key={record.id} entity={entity} record={record} />
				))}
			</List>
			{total > data.length && (
				<Button component={RouterLink} to={`/${entity.name}?filter=${all}`}>
					{translate('hob.more')} ({foundOf(entity, total)})
				</Button>
			)}
		</>
	);
}

/** What asks for a reason is not searched before somebody says so. */
function Found({ entity, query }) {
	const translate = useTranslate();
	const [wanted, setWanted] = useState(!isGuarded(entity));

	return (
		<Card sx={{ my: 2 }}>
			<CardContent>
				<Typography variant="h6" component="h2">
					{translate(`resources.${entity.name}.name`, { smart_count: 2 })}
				</Typography>
				<ResourceContextProvider value={entity.name}>
					{wanted ? (
						<Hits entity={entity} query={query} />
					) : (
						<Typography>
							{translate('hob.search_guarded')}{' '}
							<Button onClick={() => setWanted(true)}>
								{translate('ra.action.search')}
							</Button>
						</Typography>
					)}
				</ResourceContextProvider>
			</CardContent>
		</Card>
	);
}

export function Search() {
	const translate = useTranslate();
	const query = useSearchParams()[0].get('q') ?? '';
	const isSmall = useMediaQuery((theme) => theme.breakpoints.down('sm'));

	return (
		<>
			<Title title={query ? translate('hob.search_for', { query }) : 'ra.action.search'} />
			{isSmall && <SearchField width="100%" />}
			{query &&
				SEARCHED.filter(readable).map((name) => (
					<Found key={`${name} ${query}`} entity={entityOf(name)} query={query} />
				))}
		</>
	);
}
