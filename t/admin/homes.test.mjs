// homes.test.mjs: homes, their members and codes for staff, and what the household sees of what staff do with them.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Copy } from '../api/support/copy.mjs';
import { makeMember, sql, usageOf } from '../api/support/db.mjs';
import { expectOk, expectProblem } from '../api/support/expect.mjs';
import { crowd, missingId, newAccess, newResidence, newTask } from '../api/support/people.mjs';
import { events, staffPanel } from './support/staff.mjs';

const WHY = { headers: { 'X-Hob-Reason': 'They%20called' } };
let support, admin;

before(async () => {
	[support, admin] = [await staffPanel('support'), await staffPanel('admin')];
	for (const panel of [support, admin])
		expectOk(await panel.post('/auth/confirm', { password: panel.person.password }), 204);
});

/** A home of Ann's, where Ben is a member, and what either sees of its activity. */
async function aHome(fields = {}) {
	const [ann, ben] = await crowd(2);
	const home = await newResidence(ann, fields);

	await makeMember(home, ben.user, 'member');
	return { ann, ben, home, path: `/residences/${home.id}`, member: `${home.id}:${ben.user.id}` };
}
const trail = async (person, { id }) => expectOk(await person.client.get(`/api/residences/${id}/activity?limit=3`))
	.results.map(({ action, subject, user }) => [subject, action, user?.id ?? null]);
const notices = async (person) => expectOk(await person.client.get('/api/notifications')).results
	.map(({ kind, body }) => [kind, body]);
const byPage = async (panel, entity, query) => expectOk(await panel.get(`/${entity}?${query}`)).results;
const restore = (path) => support.post(`${path}/actions/restore`, undefined, WHY);
const ids = (rows) => rows.map(({ id }) => id);
const homeOf = (person, { id }) => person.client.get(`/api/residences/${id}`);

describe('homes', () => {
	test('are found by how their names begin, and by their ids', async () => {
		const name = `Ümläut ${Date.now()}`;
		const { home, ann } = await aHome({ name });

		for (const search of [name, `umlaut${name.slice(6)}`, home.id]) {
			const found = await byPage(support, 'residences', `search=${encodeURIComponent(search)}`);

			assert.deepEqual(ids(found), [home.id]);
			assert.equal(found[0].owner_id, ann.user.id);
			assert.equal(found[0].member_count, 2);
		}
		assert.deepEqual(await byPage(support, 'residences', 'search=laut'), []);
		assert.deepEqual(ids(await byPage(support, 'residences', `owner_id=${ann.user.id}`)), [home.id]);
	});

	test('are changed as by who manages them, with a reason', async () => {
		const { ann, ben, home, path } = await aHome({ name: 'Hut' });

		expectProblem(await support.patch(path, { name: 'House' }), 422, 'reason_needed');
		assert.equal((await homeOf(ben, home)).body.name, 'Hut');
		const changed = expectOk(await support.patch(path, { name: 'House', time_zone: 'Asia/Tokyo' },
			{ headers: { ...WHY.headers, 'If-Match': `"${home.version}"` } }));

		for (const { name, time_zone, version } of [changed, (await homeOf(ben, home)).body])
			assert.deepEqual([name, time_zone, version], ['House', 'Asia/Tokyo', home.version + 1]);
		assert.deepEqual((await trail(ann, home))[0], ['residence', 'updated', null]);
		const [event] = await events('update', home.id);

		assert.deepEqual([event.staff_id, event.reason, event.before, event.after], [support.id, 'They called',
			{ name: 'Hut', time_zone: home.time_zone }, { name: 'House', time_zone: 'Asia/Tokyo' }]);
		assert.equal((await support.patch(path, { name: 'Stale' },
			{ headers: { ...WHY.headers, 'If-Match': `"${home.version}"` } })).status, 412);
		expectProblem(await support.patch(path, { name: '' }, WHY), 400, 'validation_error');
	});

	test('are deleted by an admin alone, and come back', async () => {
		const { ann, ben, home, path } = await aHome();
		const task = await newTask(ann, home);
		const copy = new Copy(ben.client);

		await copy.sync();

		assert.equal((await support.delete(path, WHY)).status, 403);
		expectOk(await admin.delete(path, WHY), 204);
		assert.equal((await homeOf(ben, home)).status, 404);
		await copy.sync();
		assert.deepEqual([copy.ids('residences'), copy.ids('tasks')], [[], []]);
		assert.equal((await usageOf(ann.user)).residences, 0);
		expectProblem(await support.patch(path, { name: 'X' }, WHY), 409, 'home_deleted');
		assert.deepEqual(ids(await byPage(support, 'residences', `owner_id=${ann.user.id}&is_deleted=true`)),
			[home.id]);

		expectOk(await restore(path), 204);
		expectOk(await homeOf(ben, home));
		await copy.sync();
		assert.deepEqual([copy.ids('residences'), copy.ids('tasks')], [[home.id], [task.id]]);
		assert.equal((await usageOf(ann.user)).residences, 1);
		assert.deepEqual((await trail(ben, home)).slice(0, 2),
			[['residence', 'restored', null], ['residence', 'deleted', null]]);
		assert.deepEqual((await events('delete', home.id)).map((e) => e.staff_id), [admin.id]);
		assert.deepEqual((await events('restore', home.id)).map((e) => e.staff_id), [support.id]);
	});

	test('do not come back when their time is over', async () => {
		const { home, path } = await aHome();

		await sql("UPDATE residences SET deleted_at = now() - interval '31 days' WHERE id = :'id'",
			{ id: home.id });
		expectProblem(await restore(path), 409, 'home_gone');
		assert.equal((await restore(`/residences/${missingId()}`)).status, 404);
	});

	test('are handed over to a member, who is told by nobody\'s name', async () => {
		const { ann, ben, home, path } = await aHome({ name: 'Hut' });
		const [other] = await crowd(1);
		const hand = (to, options = WHY) =>
			support.post(`${path}/actions/hand_over`, { to: to.user.id }, options);

		expectProblem(await hand(ben, {}), 422, 'reason_needed');
		expectProblem(await hand(other), 409, 'not_a_member');
		expectProblem(await hand(ann), 409, 'already_the_owner');
		expectOk(await hand(ben), 204);
		assert.equal((await homeOf(ben, home)).body.owner.id, ben.user.id);
		assert.equal((await homeOf(ann, home)).body.role, 'manager');
		assert.deepEqual([(await usageOf(ann.user)).residences, (await usageOf(ben.user)).residences], [0, 1]);
		assert.deepEqual((await trail(ann, home))[0], ['residence', 'transferred', null]);
		assert.deepEqual(await notices(ben), [['residence_shared', 'Role: owner.']]);
		assert.deepEqual(await notices(ann), [['role_changed', 'It is now: manager.']]);
		const [event] = await events('hand_over', home.id);

		assert.deepEqual([event.before, event.after], [{ owner_id: ann.user.id }, { owner_id: ben.user.id }]);
	});
});

describe('members', () => {
	test('are listed of a home, and of a person', async () => {
		const { ann, ben, home, member } = await aHome();
		const query = `residence_id=${home.id}`;

		assert.equal((await support.get('/members')).status, 400);
		assert.deepEqual(ids(await byPage(support, 'members', query)).sort(),
			[member, `${home.id}:${ann.user.id}`].sort());
		assert.deepEqual(ids(await byPage(support, 'members', `user_id=${ben.user.id}`)), [member]);
		assert.equal(expectOk(await support.get(`/members/${member}`)).residence_id, home.id);
		assert.equal((await support.get('/members/x')).status, 404);
	});

	test('get another role', async () => {
		const { ann, ben, home, member } = await aHome();

		const give = (id, role, options = WHY) => support.patch(`/members/${id}`, { role }, options);

		expectProblem(await give(member, 'viewer', {}), 422, 'reason_needed');
		expectProblem(await give(member, 'owner'), 409, 'owner_must_transfer');
		expectProblem(await give(`${home.id}:${ann.user.id}`, 'viewer'), 409, 'owner_must_transfer');
		assert.equal(expectOk(await give(member, 'viewer')).role, 'viewer');
		assert.equal((await homeOf(ben, home)).body.role, 'viewer');
		assert.deepEqual(await notices(ben), [['role_changed', 'It is now: viewer.']]);
		assert.deepEqual((await trail(ann, home))[0], ['member', 'role_changed', null]);
		assert.deepEqual((await events('update', member)).map(({ before, after }) => [before, after]),
			[[{ role: 'member' }, { role: 'viewer' }]]);
	});

	test('are removed, and what was theirs alone goes with it', async () => {
		const { ann, ben, home, member } = await aHome();
		const task = await newTask(ann, home, { assigned_to_id: ben.user.id });
		const narrowed = await newAccess(ben, { residence_ids: [home.id] });

		expectOk(await narrowed.client.get(`/api/residences/${home.id}`));
		expectOk(await support.delete(`/members/${member}`, WHY), 204);
		assert.equal((await homeOf(ben, home)).status, 404);
		assert.equal((await narrowed.client.get(`/api/residences/${home.id}`)).status, 404);
		assert.equal(expectOk(await ann.client.get(`/api/tasks/${task.id}`)).assigned_to, null);
		assert.ok((await trail(ann, home)).some((row) => row.join() === ['member', 'removed', null].join()));
		assert.equal((await support.delete(`/members/${member}`, WHY)).status, 404);
		expectProblem(await support.delete(`/members/${home.id}:${ann.user.id}`, WHY), 409,
			'owner_must_transfer');
		assert.equal((await events('delete', member)).length, 1);
	});
});

test('many are changed at once, each with its event', async () => {
	const homes = [await aHome(), await aHome()];
	const members = homes.map(({ member }) => member);

	expectProblem(await support.post('/members/bulk-update', { ids: members, set: { role: 'manager' } }), 422,
		'reason_needed');
	assert.deepEqual(expectOk(await support.post('/members/bulk-update',
		{ ids: members, set: { role: 'manager' } }, WHY)), { count: 2, refused: [] });
	for (const { ben, home, member } of homes) {
		assert.equal((await homeOf(ben, home)).body.role, 'manager');
		assert.equal((await events('update', member)).length, 1);
	}
	assert.deepEqual(expectOk(await admin.post('/residences/bulk-delete',
		{ ids: homes.map(({ home }) => home.id) }, WHY)), { count: 2, refused: [] });
	for (const { ann, home } of homes)
		assert.equal((await homeOf(ann, home)).status, 404);
});

describe('codes', () => {
	test('are listed without what opens, and revoked', async () => {
		const { ann, home } = await aHome();
		const made = expectOk(await ann.client.post(`/api/residences/${home.id}/share-codes`,
			{ role: 'viewer', expires_in_hours: 1, max_uses: 1 }), 201);
		const [shown] = await byPage(support, 'share-codes', `residence_id=${home.id}`);
		const [other] = await crowd(1);

		assert.deepEqual([shown.id, shown.state, shown.created_by], [made.id, 'active', ann.user.id]);
		assert.ok(!JSON.stringify(shown).includes(made.code));
		assert.equal((await support.get('/share-codes')).status, 400);
		expectProblem(await support.delete(`/share-codes/${made.id}`), 422, 'reason_needed');
		expectOk(await support.delete(`/share-codes/${made.id}`, WHY), 204);
		expectProblem(await other.client.post('/api/residences/join', { code: made.code }), 404,
			'share_code_not_valid');
		assert.equal(expectOk(await support.get(`/share-codes/${made.id}`)).state, 'revoked');
		assert.deepEqual((await trail(ann, home))[0], ['share_code', 'revoked', null]);
		assert.equal((await events('delete', made.id)).length, 1);
	});
});
