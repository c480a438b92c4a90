// away.test.mjs: a Gorush that does not answer is left alone, and pushes wait for it while other work goes on.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { signUp } from '../api/support/people.mjs';
import { metrics } from '../fault/seeing.mjs';
import { configure, stack, until } from '../fault/support.mjs';
import { gorush } from './gorush.mjs';
import { becomes, deliveriesOf, newPhone, tell } from './phones.mjs';
import { addProbe, ended, hobJobs, jobOf, moveTime } from './support.mjs';

let server;

/** hob-jobs begins anew: nothing rests. */
async function restart(changes = {}) {
	configure({ 'push.gorush': server.url, 'push.topic': 'org.example.app', 'push.timeout': '300ms', ...changes });
	await stack('restart', 'jobs');
}

async function newReader() {
	const person = await signUp();

	return { ...person, phone: await newPhone(person) };
}

const away = async () => (await metrics('hob-jobs'))['hob_neighbour_away{neighbour="gorush"}'];
const sentTo = ({ phone }) => server.sent.filter(({ tokens }) => tokens[0] === phone.token);

before(async () => {
	server = await gorush();
	await restart();
});

after(async () => {
	await server.close();
	configure();
	await stack('up');
});

describe('while Gorush is away', () => {
	afterEach(async () => {
		server.always('ok');
		await restart();
	});

	test('its jobs wait, and it is asked by one of them alone; other work goes on', async () => {
		const people = [await newReader(), await newReader(), await newReader()];

		await restart({ 'jobs.runners': 2 });
		server.always('hang');
		const notices = [];
		for (const person of people)
			notices.push(await tell(person));
		const hung = () => server.sent.filter(({ end, tokens }) => end === 'hang'
			&& people.some(({ phone }) => phone.token === tokens[0]));
		const waited = await until('one waits', async () => {
			const all = (await Promise.all(notices.map((id) => deliveriesOf(id)))).flat();
			const one = all.find(({ attempts }) => attempts === 1);

			return one && (await jobOf(one.id))?.state === 'waiting' && one;
		});
		assert.deepEqual([waited.state, waited.reason], ['waiting', 'no_answer']);
		assert.equal(await away(), 1);
		const { tries, last_error } = await jobOf(waited.id);
		assert.equal(tries, 0, 'it is no try');
		assert.match(last_error, /^silent: /);
		for (let i = 0; i < 3; i += 1)
			await ended(await addProbe());
		assert.ok(hung().length <= 2, `of two runners each asks once: ${hung().length}`);
		server.always('ok');
		await restart();
		for (const notice of notices) {
			await moveTime((await deliveriesOf(notice))[0].id);
			await becomes(notice, 'accepted');
		}
		await until('it is well', async () => await away() === 0);
		assert.equal((await metrics('hob-jobs'))['hob_deliveries_total{channel="push",result="accepted"}'],
			notices.length);
	});

	test('it rests, too, when the try counts', async () => {
		const people = [await newReader(), await newReader()];

		await hobJobs('pause', 'push');
		server.always('hang');
		const [first, second] = [await tell(people[0]), await tell(people[1])];
		const [{ id }] = await deliveriesOf(first);
		await sql("UPDATE deliveries SET attempts = 10 WHERE id = :'id'", { id });
		await restart();
		await hobJobs('resume', 'push');
		await until('it has counted', async () => (await jobOf(id))?.tries === 1
			&& (await jobOf(id)).state === 'waiting');
		for (let i = 0; i < 3; i += 1)
			await ended(await addProbe());
		assert.deepEqual(people.map((person) => sentTo(person).length), [1, 0]);
		server.always('ok');
		await restart();
		await moveTime(id);
		for (const notice of [first, second])
			await becomes(notice, 'accepted');
	});

	test('a push that need not be sent does not end the rest', async () => {
		const people = [];
		for (let i = 0; i < 4; i += 1)
			people.push(await newReader());

		await restart({ 'jobs.runners': 4, 'jobs.rest': '2s', 'jobs.poll': '50ms', 'push.timeout': '3s' });
		server.always('hang');
		const hung = await tell(people[0]);
		await until('it hangs', () => sentTo(people[0]).length === 1);
		await hobJobs('pause', 'push');
		await until('it waits', async () => (await deliveriesOf(hung))[0].attempts === 1);
		const dropped = await tell(people[0]);
		expectOk(await people[0].client.post(`/api/notifications/${dropped}/read`));
		const others = [];
		for (const person of people.slice(1))
			others.push(await tell(person));
		await hobJobs('resume', 'push');
		await becomes(dropped, 'dropped', 'read');
		const asked = () => people.slice(1).flatMap(sentTo).length;
		await until('the next is asked', () => asked() > 0);
		await ended(await addProbe());
		await ended(await addProbe());
		assert.equal(asked(), 1, 'by one runner alone');
		server.always('ok');
		await restart();
		for (const notice of others) {
			await moveTime((await deliveriesOf(notice))[0].id);
			await becomes(notice, 'accepted');
		}
	});

	test('and nobody is there, no try counts', async () => {
		const robin = await newReader();
		const gone = await gorush();

		await gone.close();
		await restart({ 'push.gorush': gone.url });
		const notice = await tell(robin);
		const [{ id }] = await deliveriesOf(notice);
		const { tries, last_error } = await until('it waits', async () => {
			const job = await jobOf(id);
			return job?.last_error && job.state === 'waiting' && job;
		});
		assert.equal(tries, 0);
		assert.match(last_error, /^away: /);
		assert.equal((await deliveriesOf(notice))[0].attempts, 0);
		await restart();
		await moveTime(id);
		await becomes(notice, 'accepted');
	});
});
