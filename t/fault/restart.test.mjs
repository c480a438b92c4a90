// restart.test.mjs: one hob-api after the other on a listening socket that somebody else holds,
// as systemd does: under load, and without a single failed request.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { sql } from '../api/support/db.mjs';
import { expectOk } from '../api/support/expect.mjs';
import { newResidence, signUp } from '../api/support/people.mjs';
import { connect, get } from './fastcgi.mjs';
import { asOwner, configure, confPath, expectOnly, holding, installHold, load, quantile, removeHold, setting,
	settled, signal, stack, state, status, until } from './support.mjs';

const RESTARTS = 10;

// Listens on a path, and runs a program on that socket for ever again, until told to end.
const supervisor = `
use POSIX (); use Socket;
my ($path, @program) = @ARGV;
my ($over, $child, $s) = (0, 0);
unlink $path;
socket($s, AF_UNIX, SOCK_STREAM, 0) && bind($s, sockaddr_un($path)) && listen($s, 256) or die "$path: $!";
chmod 0660, $path;
POSIX::dup2(fileno($s), 3) if fileno($s) != 3;
fcntl($s, 2, 0) if fileno($s) == 3;
$SIG{TERM} = sub { $over = 1; kill "INT", $child if $child };
until ($over) {
	$child = fork();
	if (!$child) { $SIG{TERM} = "DEFAULT"; $ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = 1; exec @program; exit 1 }
	1 while waitpid($child, 0) < 0 && $!{EINTR};
}
unlink $path;
`;

let robin;
let residence;
let holder;

before(async () => {
	robin = await signUp();
	residence = await newResidence(robin);
	await installHold();
	await stack('stop', 'api');
	configure({ 'api.workers': 4 });
	holder = spawn('perl', ['-e', supervisor, setting('api.socket'), `${state}/bin/hob-api`, '-c', confPath],
		{ ...asOwner, stdio: 'inherit' });
	await until('it serves', async () => (await robin.client.get('/api/auth/me')).status === 200);
});

after(async () => {
	const ended = new Promise((resolve) => { holder.on('exit', resolve); });

	holder.kill('SIGTERM');
	await ended;
	configure();
	await stack('up');
	await removeHold();
});

/** Every third request writes: what was answered 201 must be there, once. */
function readAndWrite(options, client, round) {
	return round % 3 === 0
		? robin.client.post('/api/tasks', { residence_id: residence.id, title: 'Sweep' }, options)
		: robin.client.get('/api/auth/me', options);
}

async function tasksStored() {
	const [count] = await sql("SELECT count(*) FROM tasks WHERE residence_id = :'residence'",
		{ residence: residence.id });

	return Number(count);
}

async function restart(word = 'TERM') {
	const { master_pid: old } = await settled();

	signal(word);
	return settled((board) => board.running && board.master_pid !== old, 30);
}

describe('a restart with the socket kept', () => {
	for (const clients of [8, 64])
		test(`${RESTARTS} times under ${clients} clients: nothing fails, every 201 is one row`, async (t) => {
			const stored = await tasksStored();
			const traffic = load(clients, readAndWrite);

			t.after(traffic.stop);
			await traffic.flowing();
			for (let i = 0; i < RESTARTS; i += 1) {
				await restart(i % 2 === 0 ? 'TERM' : 'QUIT');
				await traffic.flowing(20);
			}
			await traffic.stop();
			expectOnly(traffic, [200, 201]);
			assert.equal(await tasksStored() - stored, traffic.count(201), 'rows and answers differ');
			const took = traffic.answers.map((a) => a.ms);
			t.diagnostic(`${traffic.answers.length} answers, 0 failed; half within ` +
				`${quantile(took, 0.5).toFixed(1)} ms, the longest ${Math.max(...took).toFixed(0)} ms`);
		});

	test('hands on the connections: one that was kept is answered by the next process', async (t) => {
		const socket = await connect(setting('api.socket'));

		t.after(() => socket.destroy());
		assert.match(await get(socket, '/livez'), /alive/);
		await restart();
		assert.match(await get(socket, '/livez'), /alive/);
	});

	test('answers what was begun, and others do not wait for it', async () => {
		const { master_pid: old } = await settled();
		const { answer } = await holding(robin, 2500);
		let begun = true;

		answer.then(() => { begun = false; });
		signal('TERM');
		// Served by the one that ends, while it finishes: ten of them before the held one is through.
		for (let i = 0; i < 10; i += 1)
			expectOk(await robin.client.get('/livez'));
		assert.equal(begun, true, 'they waited for the request that was begun');
		expectOk(await answer);
		await settled((board) => board.running && board.master_pid !== old, 30);
	});

	test('leaves the socket where it was', async () => {
		await restart();
		assert.ok(existsSync(setting('api.socket')));
		assert.equal((await status()).running, true);
	});
});
