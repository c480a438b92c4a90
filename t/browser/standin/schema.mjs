// schema.mjs: entities of the stand-in, in the form of GET /api/admin/schema. Enough of them for each type of column,
// each right and each kind of question; the real ones are hob-admin's.
const column = (name, type, more = {}) => ({
	name,
	type,
	list: false,
	filter: false,
	order: false,
	write: false,
	create: false,
	required: false,
	masked: false,
	...more,
});
const LISTED = { list: true, order: true };
const WRITTEN = { write: true, create: true };

const id = column('id', 'text');
const version = column('version', 'int');
const created = column('created_at', 'timestamp', { ...LISTED, filter: ['created_at__gte', 'created_at__lt'] });
const refers = (name, reference, more) => column(name, 'reference', { reference, list: true, filter: true, ...more });

const READS = { read: true, create: false, update: false, delete: false };
const ALL = { read: true, create: true, update: true, delete: true };

const entity = (name, title, may, columns, more = {}) => ({
	name,
	title_field: title,
	may,
	needs_reason: false,
	dangerous: false,
	actions: [],
	columns: [id, ...columns, version, created],
	...more,
});

const lookup = (name) =>
	entity(name, 'name', ALL, [
		column('name', 'text', { ...LISTED, ...WRITTEN, required: true }),
		column('position', 'int', { ...LISTED, ...WRITTEN }),
		column('color', 'text', { list: true, ...WRITTEN }),
		column('is_active', 'bool', { list: true, filter: true, ...WRITTEN, required: true }),
		column('description', 'long', WRITTEN),
	]);

export const TIERS = ['free', 'family'];

export const entities = [
	entity(
		'users',
		'email',
		{ ...READS, update: true },
		[
			column('email', 'email', { ...LISTED, ...WRITTEN, filter: true, required: true }),
			column('name', 'text', { ...LISTED, ...WRITTEN, required: true }),
			column('locale', 'enum', { list: true, filter: true, write: true, values: ['en', 'de'] }),
			column('disabled_at', 'timestamp', { list: true }),
			column('storage_bytes', 'bytes', { list: true, order: true }),
		],
		{
			actions: [
				{ name: 'deactivate', fields: [], needs_reason: true, dangerous: true },
				{
					name: 'grant_tier',
					needs_reason: true,
					dangerous: false,
					fields: [
						column('tier', 'enum', { values: TIERS, required: true }),
						column('until', 'date', { required: true }),
					],
				},
			],
		}
	),
	entity(
		'residences',
		'name',
		{ ...READS, update: true },
		[
			column('name', 'text', { ...LISTED, write: true, required: true }),
			refers('owner_id', 'users', { write: true }),
			column('time_zone', 'text', { list: true, write: true }),
		],
		{ needs_reason: ['update'] }
	),
	entity('members', 'role', READS, [
		refers('residence_id', 'residences'),
		refers('user_id', 'users'),
		column('role', 'enum', {
			list: true,
			filter: true,
			values: ['viewer', 'member', 'manager', 'owner'],
		}),
	]),
	entity(
		'tasks',
		'title',
		READS,
		[
			column('title', 'text', LISTED),
			refers('residence_id', 'residences'),
			column('due_on', 'date', { ...LISTED, filter: ['due_on__gte', 'due_on__lte'] }),
			column('recurrence', 'json'),
		],
		{ needs_reason: ['read'], within: ['residence_id'] }
	),
	lookup('categories'),
	lookup('priorities'),
	entity('devices', 'name', READS, [
		refers('user_id', 'users'),
		column('name', 'text', { list: true }),
		column('platform', 'enum', { list: true, values: ['ios', 'android'] }),
	]),
	entity('subscriptions', 'tier', READS, [
		refers('user_id', 'users'),
		column('tier', 'enum', { list: true, filter: true, values: TIERS }),
		column('ends_at', 'timestamp', { list: true }),
	]),
	entity('notices', 'title', READS, [refers('user_id', 'users'), column('title', 'text', { list: true })]),
	entity(
		'settings',
		'key',
		{ ...READS, update: true },
		[
			column('key', 'text', LISTED),
			column('value', 'json', { list: true, write: true }),
			column('secret', 'text', { write: true, masked: true }),
		],
		{ dangerous: true }
	),
	entity('sessions', 'staff_email', { ...READS, delete: true }, [
		column('staff_email', 'email', { list: true }),
		column('agent', 'text', { list: true }),
	]),
	entity('audit-events', 'action', READS, [
		column('staff_email', 'email', { list: true }),
		column('action', 'text', { list: true }),
		column('entity', 'text', { list: true }),
		column('subject', 'text', { filter: true }),
		column('reason', 'text', { list: true }),
		column('before', 'json'),
		column('after', 'json'),
	]),
	entity(
		'jobs',
		'kind',
		READS,
		[
			column('kind', 'text', { list: true, filter: true }),
			column('state', 'enum', {
				list: true,
				filter: true,
				values: ['waiting', 'running', 'done', 'failed'],
			}),
		],
		{ actions: [{ name: 'retry', fields: [], needs_reason: false, dangerous: false }] }
	),
];

/** What a role may: only admins see settings, and support changes no lookups. */
const REFUSED = {
	support: { settings: {}, categories: READS, priorities: READS },
	editor: { settings: {} },
	admin: {},
};
const NOTHING = { read: false, create: false, update: false, delete: false };

export const schemaFor = (role) =>
	entities.map((one) => ({
		...one,
		may: REFUSED[role][one.name] ? { ...NOTHING, ...REFUSED[role][one.name] } : one.may,
	}));
