// post_office.mjs: a real SMTP server for one test, certificates for it, and hob as a sysadmin calls it.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';

import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

const programs = process.env.HOB_BUILD ?? 'build/release';

export const folder = mkdtempSync(`${tmpdir()}/hob-mail.`);
export const sweepUp = () => rmSync(folder, { recursive: true });

/** Files of a key and of its certificate, which vouches for itself. */
function certify(name, alternative) {
	const [key, cert] = [`${folder}/${name}.key`, `${folder}/${name}.pem`];

	execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
		'-days', '2', '-subj', `/CN=${name}`, '-addext', `subjectAltName=${alternative}`, '-keyout', key,
		'-out', cert], { stdio: 'ignore' });
	return { key: readFileSync(key), cert: readFileSync(cert), file: cert };
}

export const own = certify('own', 'DNS:localhost,IP:127.0.0.1');
export const stranger = certify('stranger', 'DNS:localhost,IP:127.0.0.1');
export const elsewhere = certify('elsewhere', 'DNS:mail.example.org');

/** A refusal as smtp-server wants it. */
export const reply = (responseCode, words) => Object.assign(new Error(words), { responseCode });

/**
 * Opens a server; `options` are those of smtp-server, `taken` says what is answered to a mail: nothing, an error, or
 * never when it does not come back. What it took is in `mails`: raw, parsed, and in which session.
 */
export async function open({ taken = () => {}, certificate = own, ...options } = {}) {
	const office = { mails: [], connections: 0, secure: Boolean(options.secure) };
	const server = new SMTPServer({
		authOptional: true, disableReverseLookup: true, closeTimeout: 100,
		key: certificate.key, cert: certificate.cert,
		onConnect: (session, done) => done(),
		async onData(stream, session, done) {
			const pieces = [];

			try {
				for await (const piece of stream)
					pieces.push(piece);
			} catch {
				return;
			}
			const raw = Buffer.concat(pieces).toString();
			const mail = { raw, session: { ...session }, parsed: await simpleParser(raw) };

			office.mails.push(mail);
			done(await taken(mail, office));
		},
		...options,
	});

	server.on('error', () => {});	/* a connection that was cut */
	server.server.on('connection', () => { office.connections++; });
	await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
	office.port = server.server.address().port;
	office.url = `${office.secure ? 'smtps' : 'smtp'}://localhost:${office.port}`;
	office.hangUp = (session) => [...server.connections].filter((one) => !session || one.session.id === session.id)
		.forEach((one) => one._socket.destroy());
	office.close = () => { office.hangUp(); return new Promise((resolve) => { server.close(resolve); }); };
	return office;
}

const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOB_')));

/** `hob mail test ann@example.org` by these settings on top of the ones that suit the server. */
export function mailTest(office, settings = {}, address = 'ann@example.org') {
	const line = ([key, value]) => `${key} = ${value}\n`;
	const usual = { 'mail.server': office.url, 'mail.from': 'Hob <hob@example.org>', 'mail.ca': own.file };
	const file = `${folder}/hob.conf`;

	writeFileSync(file, Object.entries({ ...usual, ...settings }).map(line).join(''));
	chmodSync(file, 0o600);
	return new Promise((resolve) => {
		execFile(`${programs}/hob`, ['-c', file, 'mail', 'test', address],
			{ env: environment, timeout: 30_000 },
			(error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }));
	});
}

/** lib/mail with one connection: `send(mail)` resolves to what became of it, `end()` to the exit code. */
export function mailer(office, { user = '', password = '', timeoutMs = 5000 } = {}) {
	const child = spawn(`${programs}/mailer`, [office.url, own.file, user, password, String(timeoutMs)],
		{ stdio: ['pipe', 'pipe', 'inherit'] });
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	const ended = new Promise((resolve) => { child.on('exit', resolve); });

	return {
		async send(mail) {
			child.stdin.write(`${JSON.stringify(mail)}\n`);
			return JSON.parse((await lines.next()).value);
		},
		end() {
			child.stdin.end();
			return ended;
		},
	};
}
