// tiers.test.mjs: what follows from an edit of tiers, for as many as there are: what a tier allows holds at once, and
// whose plan is another has it soon, whoever dies or edits on meanwhile.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { staffPanel } from '../admin/support/staff.mjs';
import { held, sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { stack, until } from '../fault/support.mjs';
import { masterPid, runnerPids } from './support.mjs';

const PEOPLE = 1000;
const idOf = (n) => `01900000-0000-7f00-8000-${n.toString(16).padStart(12, '0')}`;
const MANY = "id BETWEEN '01900000-0000-7f00-8000-000000000000' AND '01900000-0000-7f00-8000-00000000ffff'";
let editor;

/** How many of them have which tier: what their plans say, and what is counted by. */
const tiers = () => sql(`SELECT p.tier, g.tier, count(*) FROM users u
	JOIN plans p ON p.user_id = u.id JOIN usage g ON g.about = u.id WHERE u.${MANY} GROUP BY 1, 2 ORDER BY 1, 2`);
const edit = async (tier, body) => expectOk(await editor.patch(`/tiers/${tier}`, body));
const settled = () => until('all plans are settled', async () =>
	(await sql(`SELECT 1 FROM jobs WHERE kind IN ('tiers', 'plan') AND (run_at <= now() OR leased_by IS NOT NULL)
		LIMIT 1`)).length === 0, 120);

before(async () => {
	await stack('up');
	editor = await staffPanel('editor');
	await sql(`INSERT INTO users (id, email, password_hash)
		SELECT ('01900000-0000-7f00-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n || '@tiers.example', '-'
		  FROM generate_series(1, ${PEOPLE}) n;
		INSERT INTO plan_grants (id, user_id, tier, reason, granted_by)
		SELECT gen_random_uuid(), u.id, t.tier, 'many', 'a test'
		  FROM users u, unnest('{plus,pro}'::text[]) t (tier) WHERE u.${MANY};
		SELECT hob.settle_plan(u.id) FROM users u WHERE u.${MANY}`);
});
after(async () => {
	await sql(`UPDATE tiers SET rank = CASE code WHEN 'plus' THEN 2 ELSE 3 END WHERE code IN ('plus', 'pro');
		DELETE FROM users WHERE ${MANY}`);
	await settled();
});

describe('an edit of a tier', () => {
	test('of its rank gives another plan to all who have both, two hundred looked at a transaction', async () => {
		assert.deepEqual(await tiers(), [`pro|pro|${PEOPLE}`]);
		await edit('plus', { rank: 30 });
		await settled();
		assert.deepEqual(await tiers(), [`plus|plus|${PEOPLE}`]);
	});

	test('reaches all when its job is killed half way, and it is edited on meanwhile', held(async (holder) => {
		await holder.run(`BEGIN; SELECT hob.add_job('plan', '${idOf(PEOPLE / 2 + 1)}')`);
		await edit('plus', { rank: 2 });
		await holder.untilBlocking(1);
		const [waits] = await sql("SELECT count(*) FROM jobs WHERE kind = 'plan' AND key LIKE '01900000%'");

		[masterPid(), ...await runnerPids()].forEach((pid) => process.kill(pid, 'SIGKILL'));
		await holder.run('ROLLBACK');
		await edit('plus', { rank: 31 });
		await edit('plus', { rank: 2 });
		// As when their leases have run out.
		await sql("UPDATE jobs SET run_at = now() WHERE kind IN ('tiers', 'plan') AND leased_by IS NOT NULL");
		await stack('up');
		await settled();
		assert.ok(Number(waits) < PEOPLE);
		assert.deepEqual(await tiers(), [`pro|pro|${PEOPLE}`]);
	}));

	test('of what it allows writes to no row of who has it, and takes no job', async () => {
		const rows = () => sql(`SELECT xmin, ctid FROM usage g
			WHERE g.about IN (SELECT id FROM users WHERE ${MANY}) ORDER BY about`);
		const before = await rows();
		const { limits } = expectOk(await editor.get('/tiers/pro'));

		await edit('pro', { limits: { ...limits, feeds: 7 } });
		assert.deepEqual(await sql(`SELECT hob.limit_of('feeds', '${idOf(1)}')`), ['7']);
		assert.deepEqual(await rows(), before);
		assert.deepEqual(await sql("SELECT 1 FROM jobs WHERE (kind, key) = ('tiers', 'edited')"), []);
		await edit('pro', { limits });
	});
});
