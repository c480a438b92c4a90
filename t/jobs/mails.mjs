// mails.mjs: the catcher of the stack (catcher/catcher.mjs), for tests that read what was mailed.
import { request } from 'node:http';

import { base } from '../api/support/client.mjs';
import { configure, stack, until } from '../fault/support.mjs';

// As scripts/lib.sh has it.
const [pagePort, smtpPort] = [Number(base.port) + 1, Number(base.port) + 2];

/** Starts it, and hob-jobs with it, with `settings` on top. */
export async function catchMails(settings = {}) {
	await stack('start', 'mail');
	configure({ 'mail.server': `smtp://127.0.0.1:${smtpPort}`, 'mail.from': 'Hob <hob@hob.example>',
		'mail.tls': 'off', 'jobs.poll': '50ms', ...settings });
	await stack('restart', 'jobs');
}

/** It is gone, and with it what the stack has set up for it: who comes next has mail settings of their own. */
export async function endMails() {
	await stack('stop', 'mail');
	configure();
	await stack('up');
}

/** Asks the catcher: { status, type, text }. */
export const ask = (path, { method = 'GET', headers = {} } = {}) => new Promise((resolve, reject) => {
	request({ host: '127.0.0.1', port: pagePort, path, method, headers }, async (res) => {
		const pieces = await res.toArray();

		resolve({ status: res.statusCode, type: res.headers['content-type'],
			text: Buffer.concat(pieces).toString() });
	}).on('error', reject).end();
});

/** The mails to this address, the newest first. */
export const mailsOf = async (address) => JSON.parse((await ask(`/api/mails?to=${encodeURIComponent(address)}`)).text);

/** Those with this subject, once there are as many. */
export const mailsTo = (address, subject, count = 1) => until(`${count} mails have come: ${subject}`, async () => {
	const mails = (await mailsOf(address)).filter((mail) => mail.subject === subject);

	return mails.length >= count && mails;
});
