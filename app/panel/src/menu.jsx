// menu.jsx: entities by what they are about, and pages of their own. One that the server has anew stands under "Other".
import { Menu, useResourceDefinitions, useSidebarState, useTranslate } from 'react-admin';
import { Divider, ListSubheader } from '@mui/material';
import Article from '@mui/icons-material/Article';
import Business from '@mui/icons-material/Business';
import Category from '@mui/icons-material/Category';
import Home from '@mui/icons-material/Home';
import People from '@mui/icons-material/People';
import Tune from '@mui/icons-material/Tune';

const GROUPS = [
	{
		name: 'people',
		Icon: People,
		entities: ['users', 'sessions', 'devices', 'notices', 'deliveries'],
	},
	{
		name: 'homes',
		Icon: Home,
		entities: [
			'residences',
			'members',
			'share-codes',
			'tasks',
			'completions',
			'contractors',
			'documents',
			'files',
			'activity',
		],
	},
	{ name: 'lookups', Icon: Category, entities: ['categories', 'priorities', 'specialties', 'task-templates'] },
	{ name: 'business', Icon: Business, entities: ['subscriptions', 'plan-grants', 'tiers', 'store-events'] },
	{
		name: 'system',
		Icon: Tune,
		entities: ['settings', 'staff', 'staff-sessions', 'jobs', 'audit-events'],
		pages: ['mode'],
	},
];
const OTHER = { name: 'other', Icon: Article };

function grouped(names) {
	const known = new Set(GROUPS.flatMap(({ entities }) => entities));
	const groups = [...GROUPS, { ...OTHER, entities: names.filter((name) => !known.has(name)) }];

	return groups
		.map((group) => ({ ...group, entities: group.entities.filter((name) => names.includes(name)) }))
		.filter(({ entities }) => entities.length > 0);
}

function Group({ name, Icon, entities, pages = [] }) {
	const translate = useTranslate();
	const [open] = useSidebarState();
	const items = [
		...entities.map((entity) => [entity, translate(`resources.${entity}.name`, { smart_count: 2 })]),
		...pages.map((page) => [page, translate(`hob.${page}`)]),
	];

	return (
		<>
			{open ? (
				<ListSubheader
					role="presentation"
					disableSticky
					sx={{ lineHeight: 2.5, background: 'none' }}
				>
					{translate(`hob.groups.${name}`)}
				</ListSubheader>
			) : (
				<Divider role="presentation" />
			)}
			{items.map(([address, label]) => (
				<Menu.Item
					key={address}
					to={`/${address}`}
					primaryText={label}
					leftIcon={<Icon />}
				/>
			))}
		</>
	);
}

export function PanelMenu() {
	const definitions = useResourceDefinitions();
	const names = Object.values(definitions)
		.filter(({ hasList }) => hasList)
		.map(({ name }) => name);

	return (
		<Menu>
			<Menu.DashboardItem />
			{grouped(names).map((group) => (
				<Group key={group.name} {...group} />
			))}
		</Menu>
	);
}
