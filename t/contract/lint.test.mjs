// lint.test.mjs: two linters with rules of ours, and the proof that each notices a fault.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { committed } from './document.mjs';
import { tool, written } from './tools.mjs';

const LINTERS = {
	redocly: ['lint', '--config', 'redocly.yaml'],
	spectral: ['lint', '--ruleset', 'spectral.yaml', '--fail-severity', 'warn'],
};

const lint = (t, who, document) => tool(who, [...LINTERS[who], written(t, document)]);

for (const who of Object.keys(LINTERS))
	test(`${who} is content with the document`, async (t) => {
		const { status, output } = await lint(t, who, committed());

		assert.equal(status, 0, output);
	});

// What is broken, how, and the words of the linter that must notice.
const FAULTS = [
	['an operation without an id', 'spectral', /operation-operationId/, (paths) => {
		delete paths['/api/tasks'].post.operationId;
	}],
	['an operation without a summary', 'redocly', /operation-summary/, (paths) => {
		delete paths['/api/tasks'].post.summary;
	}],
	['an operation that cannot be refused', 'spectral', /hob-problems/, (paths) => {
		delete paths['/api/tasks'].get.responses['400'];
	}],
	['a failure that is no problem document', 'redocly', /problem-details/, (paths) => {
		paths['/api/tasks'].get.responses['404'] = { description: 'Lost.',
			content: { 'application/json': { schema: { type: 'object' } } } };
	}],
	['a property without words', 'spectral', /hob-explained/, (paths, { schemas }) => {
		schemas.Task.properties.mystery = { type: 'string' };
	}],
	['a reference to nothing', 'redocly', /no-unresolved-refs/, (paths, { schemas }) => {
		schemas.Task.properties.owner = { $ref: '#/components/schemas/Owner' };
	}],
	['an example that breaks its own schema', 'spectral', /oas3-valid-schema-example|oas3-schema/,
		(paths, { schemas }) => { schemas.Task.properties.title.examples = 'none'; }],
];

describe('a linter notices', { concurrency: 2 }, () => {
	for (const [what, who, words, breakIt] of FAULTS)
		test(what, async (t) => {
			const document = committed();

			breakIt(document.paths, document.components);
			const run = await lint(t, who, document);
			assert.notEqual(run.status, 0, `${who} is content`);
			assert.match(run.output, words);
		});
});
