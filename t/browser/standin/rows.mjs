// rows.mjs: what the stand-in has in its tables when it starts.
import { TIERS } from './schema.mjs';

const DAY = 86_400_000;
const START = Date.parse('2026-11-01T08:00:00Z');
const idOf = (kind, n) => `018f0000-0000-7000-8${String(kind).padStart(3, '0')}-${String(n).padStart(12, '0')}`;
const many = (kind, count, make) =>
	Array.from({ length: count }, (_, i) => ({
		id: idOf(kind, i + 1),
		version: 1,
		created_at: new Date(START + (i * DAY) / 4).toISOString(),
		...make(i),
	}));

const NAMES = ['Nora Lind', 'Ada Björk', 'Emil Voss', 'Mira Holm', 'Theo Brandt', 'Ida Falk'];
const person = (i) => `${NAMES[i % NAMES.length]}${i < NAMES.length ? '' : ` ${Math.floor(i / NAMES.length) + 1}`}`;

export function rows() {
	const users = many(1, 60, (i) => ({
		email: `person${i + 1}@hob.example`,
		name: person(i),
		locale: i % 3 ? 'en' : 'de',
		disabled_at: null,
		storage_bytes: i * 1_500_000,
	}));
	const residences = many(2, 12, (i) => ({
		name: `House ${i + 1}`,
		owner_id: users[i].id,
		time_zone: 'Europe/Berlin',
	}));
	const lookups = (kind, names) =>
		many(kind, names.length, (i) => ({
			name: names[i],
			position: i + 1,
			color: '#2f4a9c',
			is_active: true,
			description: i ? null : '=1+1, "quoted"\nand a second line',
		}));

	return {
		users,
		residences,
		members: many(3, 24, (i) => ({
			residence_id: residences[i % 12].id,
			user_id: users[(i % 12) + (i > 11)].id,
			role: i < 12 ? 'owner' : 'member',
		})),
		tasks: many(4, 40, (i) => ({
			title: `Water the lemon tree ${i + 1}`,
			residence_id: residences[i % 12].id,
			due_on: new Date(START + i * DAY).toISOString().slice(0, 10),
			recurrence: { every: 7, unit: 'day' },
		})),
		categories: lookups(5, ['Garden', 'Kitchen', 'Cellar', 'Roof']),
		priorities: lookups(6, ['Low', 'High']),
		devices: many(7, 10, (i) => ({
			user_id: users[i % 5].id,
			name: `Phone ${i + 1}`,
			platform: i % 2 ? 'ios' : 'android',
		})),
		subscriptions: many(8, 5, (i) => ({ user_id: users[i].id, tier: TIERS[i % 2], ends_at: null })),
		notices: many(9, 12, (i) => ({ user_id: users[i % 4].id, title: 'A warranty ends soon' })),
		settings: many(10, 2, (i) => ({
			key: i ? 'mail' : 'read_only',
			value: i ? { from: 'hob@hob.example' } : 'off',
			secret: '••••',
		})),
		sessions: many(12, 2, (i) => ({ staff_email: 'editor@hob.example', agent: `Browser ${i + 1}` })),
		'audit-events': [],
		jobs: many(11, 3, (i) => ({ kind: 'mail', state: ['failed', 'done', 'waiting'][i] })),
	};
}

/** A year of numbers that look like something. */
export const timeseries = (days, now = Date.now()) =>
	Array.from({ length: days }, (_, i) => ({
		day: new Date(now - (days - 1 - i) * DAY).toISOString().slice(0, 10),
		sign_ups: 5 + ((i * 7) % 11),
		active_homes: 200 + i,
		tasks_done: 900 + ((i * 37) % 400),
		notices_sent: 400 + ((i * 13) % 90),
		notices_failed: (i * 5) % 7,
		storage_bytes: 4e9 + i * 3e6,
		requests_2xx: 50_000 + ((i * 997) % 9000),
		requests_4xx: 900 + ((i * 31) % 200),
		requests_5xx: i % 3,
		p50_ms: 1.2 + (i % 5) / 10,
		p99_ms: 9 + (i % 7),
		job_lag_s: i % 4,
	}));
