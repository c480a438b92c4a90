// mail.test.mjs: `hob mail test`, and lib/mail below it, against a real SMTP server: which of its answers are yes,
// later, never, or the sysadmin's business; and mails as a mail program reads them.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, describe, test } from 'node:test';

import { elsewhere, mailer, mailTest, open, own, reply, stranger, sweepUp } from './post_office.mjs';

const [ACCEPTED, REFUSED, USAGE, LATER, MISCONFIGURED] = [0, 1, 64, 75, 78];

after(sweepUp);

/** Runs `act` with a server that is closed in any case. */
async function withOffice(options, act) {
	const office = await open(options);

	try {
		await act(office);
	} finally {
		await office.close();
	}
}

/** One mail is tried: the exit code, words of stderr, and how many mails the server took for good. */
const tried = (options, settings, code, words, count = 0) => () => withOffice(options, async (office) => {
	const said = await mailTest(office, settings);

	assert.equal(said.code, code, said.stderr);
	assert.match(said.stderr, words);
	assert.equal(office.mails.length, count);
});

describe('hob mail test', () => {
	for (const [way, secure] of [['STARTTLS', false], ['TLS', true]])
		test(`sends both parts by ${way}`, () => withOffice({ secure }, async (office) => {
			const said = await mailTest(office);
			const [{ parsed, session }] = office.mails;

			assert.equal(said.code, ACCEPTED, said.stderr);
			assert.match(said.stdout, /has taken the mail/);
			assert.ok(said.stdout.includes(parsed.messageId));
			assert.equal(session.secure, true);
			assert.equal(session.envelope.mailFrom.address, 'hob@example.org');
			assert.deepEqual(parsed.from.value, [{ address: 'hob@example.org', name: 'Hob' }]);
			assert.equal(parsed.to.text, 'ann@example.org');
			assert.match(parsed.text, /äöü ÄÖÜ ß, é, 家/);
			assert.match(parsed.html, /äöü ÄÖÜ ß, é, 家/);
			assert.equal(parsed.headers.get('auto-submitted'), 'auto-generated');
			assert.ok(Math.abs(parsed.date - Date.now()) < 60_000);
		}));

	const onAuth = (auth, session, done) =>
		done(null, auth.username === 'hob' && auth.password === 'a lamp' ? { user: 'hob' } : undefined);
	const login = { 'mail.user': 'hob', 'mail.password': 'a lamp' };

	for (const authMethods of [['PLAIN'], ['LOGIN'], ['CRAM-MD5', 'LOGIN', 'PLAIN']])
		test(`signs in by ${authMethods}`, () => withOffice({ authOptional: false, authMethods, onAuth },
			async (office) => {
				assert.equal((await mailTest(office, login)).code, ACCEPTED);
				assert.equal(office.mails[0].session.user, 'hob');
			}));
	test('says that the password is wrong', tried({ authOptional: false, onAuth },
		{ ...login, 'mail.password': 'another' }, MISCONFIGURED, /535.*\n.*mail\.password/));
	test('says that a login is needed', tried({ authOptional: false, onAuth }, {}, MISCONFIGURED, /530/));
	test('tries later when logins are away', tried({ onAuth: (auth, session, done) => done(reply(454, 'not now')) },
		login, LATER, /454/));

	test('sends nothing to a stranger', tried({ certificate: stranger }, {}, MISCONFIGURED, /certificate/));
	test('sends nothing to a stranger inside TLS',
		tried({ certificate: stranger, secure: true }, {}, MISCONFIGURED, /certificate/));
	test('trusts the system alone without mail.ca', tried({}, { 'mail.ca': '' }, MISCONFIGURED, /certificate/));
	test('sends nothing to another name', tried({ certificate: elsewhere }, { 'mail.ca': elsewhere.file },
		MISCONFIGURED, /localhost/));
	test('says that mail.ca is no file', tried({}, { 'mail.ca': '/nowhere/ca' }, MISCONFIGURED, /\/nowhere\/ca/));

	const catcher = { disabledCommands: ['STARTTLS', 'AUTH'] };

	test('sends nothing without TLS', tried(catcher, {}, MISCONFIGURED, /STARTTLS/));
	test('sends to a catcher without TLS', tried(catcher, { 'mail.tls': 'off' }, ACCEPTED, /^$/, 1));

	for (const [at, options] of [
		['connection', (error) => ({ onConnect: (session, done) => done(error) })],
		['sender', (error) => ({ onMailFrom: (address, session, done) => done(error) })],
		['recipient', (error) => ({ onRcptTo: (address, session, done) => done(error) })],
	]) {
		const code = at === 'connection' ? MISCONFIGURED : REFUSED;

		test(`is told never at the ${at}`, tried(options(reply(550, 'unknown')), {}, code, /550 unknown/));
		test(`is told later at the ${at}`, tried(options(reply(450, 'not yet')), {}, LATER, /450 not yet/));
	}
	test('is told never at the mail', tried({ taken: () => reply(554, 'spam') }, {}, REFUSED, /554 spam/, 1));
	test('is told later at the mail', tried({ taken: () => reply(452, 'full') }, {}, LATER, /452 full/, 1));
	test('is told that it is too large', tried({ size: 100 }, {}, REFUSED, /552/));

	const never = () => new Promise(() => {});

	for (const [at, options, count = 0] of [
		['greeting', { onConnect: never }],
		['login', { onAuth: never }],
		['recipient', { onRcptTo: never }],
		['mail', { taken: never }, 1],
	])
		test(`gives up in time at a slow ${at}`, async () => {
			const started = performance.now();

			const settings = { ...login, 'mail.timeout': '700ms' };

			await tried({ onAuth, ...options }, settings, LATER, /timed? ?out/i, count)();
			assert.ok(performance.now() - started < 5000);
		});

	for (const [at, options, count = 0] of [
		['greeting', (cut) => ({ onConnect: cut })],
		['recipient', (cut) => ({ onRcptTo: cut })],
		['mail', (cut) => ({ onData: cut })],
		['answer', (cut) => ({ taken: cut }), 1],
	])
		test(`tries later when it is cut off at the ${at}`, async () => {
			const cut = () => { office.hangUp(); return never(); };
			const office = await open(options(cut));
			const said = await mailTest(office);

			assert.equal(said.code, LATER, said.stderr);
			assert.equal(office.mails.length, count);
			await office.close();
		});

	test('tries later when nobody is there', async () => {
		const office = await open();

		await office.close();
		const said = await mailTest(office);

		assert.equal(said.code, LATER);
		assert.match(said.stderr, /Failed to connect.*\n.*mail\.server/);
	});
	test('tries later when TLS is expected where there is none', async () => {
		const office = await open();
		const said = await mailTest(office, { 'mail.server': office.url.replace('smtp:', 'smtps:') });

		assert.equal(said.code, LATER, said.stderr);
		await office.close();
	});

	test('needs a server and an address', async () => {
		assert.match((await mailTest({ url: '' }, {})).stderr, /mail\.server is not set/);
		assert.equal((await mailTest({ url: '' }, {})).code, MISCONFIGURED);
		assert.equal((await mailTest({ url: 'smtp://localhost:25' }, {}, 'Ann <ann@x.example>')).code, USAGE);
	});
});

const mail = {
	from: 'hob@example.org', from_name: 'Zuhause bei Ärger, Müller & Söhne', to: 'ann@example.org',
	subject: 'Erinnerung: Die Überprüfung der Rückstauklappe im Gäste-WC des Hauses „Zur Aussicht“ ist fällig',
	message_id: '0193.1@example.org', text: 'Grüße\n', html: '<p>Grüße</p>\n',
};

/** One connection of lib/mail to one server. */
const withMailer = (options, act, settings) => withOffice(options, async (office) => {
	const post = mailer(office, settings);

	try {
		await act(post, office);
	} finally {
		assert.equal(await post.end(), 0);
	}
});

describe('a mail', () => {
	test('is read as it was written', () => withMailer({}, async (post, { mails }) => {
		assert.equal((await post.send(mail)).result, 'accepted');
		assert.deepEqual(mails[0].parsed.from.value, [{ address: mail.from, name: mail.from_name }]);
		assert.equal(mails[0].parsed.subject, mail.subject);
		assert.equal(mails[0].parsed.messageId, `<${mail.message_id}>`);
		assert.equal(mails[0].parsed.text, mail.text);
		assert.equal(mails[0].parsed.html, mail.html);
		for (const line of mails[0].raw.split('\r\n'))
			assert.match(line, /^[ -~]{0,76}$/);
	}));
	test('keeps dots, spaces and long lines', () => withMailer({}, async (post, { mails }) => {
		const text = `.\n..\n.hidden\nends with a space \n\ttab\t\n${'ö'.repeat(500)}\n= =3D =?x?=\n\n\nend\n`;

		assert.equal((await post.send({ ...mail, text })).result, 'accepted');
		assert.equal(mails[0].parsed.text, text);
	}));
	test('can be unsubscribed from by one click', () => withMailer({}, async (post, { mails }) => {
		const unsubscribe = `https://hob.example.org/api/unsubscribe/${'x'.repeat(200)}`;

		await post.send({ ...mail, unsubscribe });
		await post.send(mail);
		const [list, none] = mails.map(({ parsed }) => parsed.headers.get('list'));

		assert.equal(list.unsubscribe.url, unsubscribe);
		assert.match(mails[0].raw, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
		assert.equal(none, undefined);
	}));
	test('goes to a domain of another language', () => withMailer({}, async (post, { mails }) => {
		assert.equal((await post.send({ ...mail, to: 'ann@bücher.example' })).result, 'accepted');
		assert.match(mails[0].raw, /^To: ann@xn--bcher-kva\.example\r$/m);
		assert.equal(mails[0].session.envelope.rcptTo[0].address, 'ann@bücher.example');
	}));
	test('is not sent when it would bring headers with it', () => withMailer({}, async (post, { mails }) => {
		for (const [part, value] of [['subject', 'a\r\nBcc: eve@x.example'], ['from_name', 'a\nb'],
			['to', 'ann@example.org>\r\nRCPT TO:<eve@x.example'], ['to', 'ann@example.org, eve@x.example'],
			['message_id', 'a@b>\r\nX: y'], ['unsubscribe', 'https://x.example/\r\nX: y']]) {
			const said = await post.send({ ...mail, [part]: value });

			assert.equal(said.result, 'refused');
			assert.equal(said.why, `the mail cannot be written: its ${part}`);
		}
		assert.equal(mails.length, 0);
	}));
	test('that was put off is the same the next time', async () => {
		const taken = (_, { mails }) => mails.length === 1 ? reply(451, 'greylisted') : undefined;

		await withMailer({ taken }, async (post, { mails }) => {
			assert.deepEqual(await post.send(mail), { result: 'later', code: 451, why: '451 greylisted' });
			assert.equal((await post.send(mail)).result, 'accepted');
			assert.equal(mails[0].raw, mails[1].raw);
			assert.equal(mails[1].parsed.messageId, `<${mail.message_id}>`);
		});
	});
	test('takes the connection of the one before, while it holds', () => withMailer({}, async (post, office) => {
		await post.send(mail);
		assert.equal((await post.send(mail)).result, 'accepted');
		assert.equal(office.connections, 1);
		office.hangUp();
		assert.equal((await post.send(mail)).result, 'accepted');
		assert.equal(office.connections, 2);
	}));
	test('that was refused leaves the next one alone', async () => {
		const onRcptTo = ({ address }, session, done) =>
			done(address.startsWith('no') && reply(550, 'unknown'));

		await withMailer({ onRcptTo }, async (post, { mails }) => {
			assert.equal((await post.send({ ...mail, to: 'nobody@example.org' })).result, 'refused');
			assert.equal((await post.send(mail)).result, 'accepted');
			assert.equal(mails.length, 1);
		});
	});
});

/** A server that says these lines, one to each that it hears, and then nothing any more. */
async function script(...lines) {
	const server = createServer((socket) => {
		const next = () => lines.length > 0 && socket.write(`${lines.shift()}\r\n`);

		socket.on('data', next).on('error', () => {});
		next();
	});

	await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
	return { url: `smtp://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

describe('a server that speaks strangely', () => {
	for (const [what, lines, code, words] of [
		['is no mail server', ['SSH-2.0-OpenSSH_9.2'], LATER, /./],
		['answers on several lines', ['220 x', '250 x', '250 x', '550-a\r\n550 b'], REFUSED, /550-a 550 b/],
		['sends controls', ['220 x', '250 x', '550 \x1b[2Jred\x07'], REFUSED, /550 \?\[2Jred\?/],
		['has no answer to QUIT', ['220 x', '250 x', '250 x', '250 x', '354 x', '250 x'], ACCEPTED, /^$/],
		['has no answer to a mail', ['220 x', '250 x', '250 x', '250 x', '354 x'], LATER, /timed? ?out/i],
		['refuses to speak', ['220 x', '502 no', '502 no'], MISCONFIGURED, /502/],
	])
		test(what, async () => {
			const server = await script(...lines);
			const started = performance.now();
			const said = await mailTest(server, { 'mail.tls': 'off', 'mail.timeout': '1s' });

			assert.ok(performance.now() - started < 5000);
			assert.equal(said.code, code, said.stderr);
			assert.match(said.stderr, words);
			server.close();
		});
});
