// catcher.mjs PID_FILE SMTP_PORT PAGE_PORT: takes every mail that is sent to it and carries none on, for scripts/run
// and for tests. On this machine alone. What it holds is gone when it ends.
//
//   GET /             a page to read them
//   GET /api/mails    the newest first: { id, to, from, subject, date, message_id, headers, text, html }; ?to= a person
//   DELETE /api/mails forgets them
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';

import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

const MAILS_MOST = 2000;
const HERE = '127.0.0.1';
const [pidFile, smtpPort, pagePort] = process.argv.slice(2);
const page = readFileSync(new URL('page.html', import.meta.url));

let mails = [];
let serial = 0;

// --- taking ------------------------------------------------------------------------------

async function take(stream, session, done) {
	const pieces = [];

	for await (const piece of stream)
		pieces.push(piece);
	serial += 1;
	mails.unshift({ id: serial, to: session.envelope.rcptTo.map(({ address }) => address),
		raw: Buffer.concat(pieces) });
	mails.length = Math.min(mails.length, MAILS_MOST);
	done();
}

const smtp = new SMTPServer({
	disabledCommands: ['STARTTLS', 'AUTH'], disableReverseLookup: true, closeTimeout: 100,
	onData: (stream, session, done) => take(stream, session, done).catch(done),
});

// --- showing -----------------------------------------------------------------------------

const headersOf = ({ headerLines }) => Object.fromEntries(headerLines
	.map(({ key, line }) => [key, line.slice(key.length + 1).trim()]));

async function shown({ id, to, raw }) {
	const mail = await simpleParser(raw, { skipTextToHtml: true });

	return {
		id, to, from: mail.from?.text, subject: mail.subject, date: mail.date, message_id: mail.messageId,
		headers: headersOf(mail), text: mail.text, html: mail.html || null,
	};
}

async function list(url) {
	const to = url.searchParams.get('to');

	return Promise.all(mails.filter((mail) => to === null || mail.to.includes(to)).map(shown));
}

const answers = {
	'GET /': () => [page, 'text/html; charset=utf-8'],
	'GET /api/mails': async (url) => [JSON.stringify(await list(url)), 'application/json'],
	'DELETE /api/mails': () => { mails = []; return ['[]', 'application/json']; },
};

// Mails hold links that are as good as a password: a page of a stranger's that calls itself by this address, by a name
// of its own, reads none.
const isHere = ({ headers }) => [HERE, 'localhost'].includes((headers.host ?? '').replace(/:\d+$/, ''));

async function answer(req, res) {
	const url = new URL(req.url, `http://${HERE}`);
	const make = isHere(req) ? answers[`${req.method} ${url.pathname}`] : undefined;
	const [body, type] = make ? await make(url) : ['There is nothing here.\n', 'text/plain'];

	res.writeHead(make ? 200 : 404, { 'Content-Type': type, 'Cache-Control': 'no-store',
		'Content-Security-Policy': "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'" });
	res.end(body);
}

const pages = http.createServer((req, res) => answer(req, res).catch((why) => res.writeHead(500).end(String(why))));

// --- living ------------------------------------------------------------------------------

function end() {
	rmSync(pidFile, { force: true });
	process.exit(0);
}

smtp.on('error', () => {});	// a connection that was cut
smtp.server.on('error', (why) => { throw why; });
smtp.listen(Number(smtpPort), HERE, () => pages.listen(Number(pagePort), HERE, () =>
	writeFileSync(pidFile, `${process.pid}\n`)));
process.on('SIGTERM', end).on('SIGINT', end);
