// answers.mjs: holds every answer that a suite sees against doc/openapi.json, those that staff see
// against doc/openapi-staff.json. The file that HOB_CONTRACT names gets a line for each kind of
// answer: method, path, status, how many.
import { appendFileSync } from 'node:fs';

import { committed, Contract } from './document.mjs';

const contracts = new Map();
const tally = new Map();

/** The document that has this path: its name, and what it asks. */
function contractOf(target) {
	const name = target.startsWith('/api/admin/') ? 'openapi-staff' : 'openapi';

	if (!contracts.has(name))
		contracts.set(name, new Contract(committed(name)));
	return { name, contract: contracts.get(name) };
}

/** Throws when the document does not have this answer. */
export function checkAnswer(method, asked, reply) {
	// As the server reads it: a base address with a slash at its end makes two.
	const target = asked.replace(/^\/+/, '/');
	const { name, contract } = contractOf(target);
	const faults = contract.answerFaults(method, target, reply);
	const kind = `${contract.find(method, target)?.name ?? '- -'} ${reply.status}`;

	if (faults.length > 0)
		throw new Error(`doc/${name}.json has no such answer to ${method} ${target}: ${reply.status}: `
			+ `${faults.join('; ')}\n${reply.text.slice(0, 600)}`);
	tally.set(kind, (tally.get(kind) ?? 0) + 1);
}

process.on('exit', () => {
	const lines = [...tally].map(([kind, count]) => `${kind} ${count}\n`);

	if (lines.length > 0 && process.env.HOB_CONTRACT)
		appendFileSync(process.env.HOB_CONTRACT, lines.join(''));
});
