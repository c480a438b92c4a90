// lint.test.mjs: two linters with rules of ours, and the proof that each notices a fault.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import { committed } from './document.mjs';
import { tool, written } from './tools.mjs';

const LINTERS = {
	redocly: ['lint', '--config', 'redocly.yaml'],
	spectral: ['lint', '--ruleset', 'spectral.yaml', '--fail-severity', 'warn'],
};

const lint = (t, who, document) => tool(who, [...LINTERS[who], written(t, document)]);

for (const who of Object.keys(LINTERS))
	for (const name of ['openapi', 'openapi-staff'])
		test(`${who} is content with doc/${name}.json`, async (t) => {
			const { status, output } = await lint(t, who, committed(name));

			assert.equal(status, 0, output);
		});

// What is broken, how, and the words of the linter that must notice.
const FAULTS = [
	['an operation without an id', 'spectral', /operation-operationId/, (paths) => {
		delete paths['/api/tasks/bulk'].post.operationId;
	}],
	['an operation without a summary', 'redocly', /operation-summary/, (paths) => {
		delete paths['/api/tasks'].post.summary;
	}],
	['an operation that cannot be refused', 'spectral', /hob-problems/, (paths) => {
		delete paths['/api/tasks'].get.responses['400'];
	}],
	['a key that no scheme is', 'redocly', /security-defined/, (paths) => {
		paths['/api/tasks'].get.security = [{ latchkey: [] }];
	}],
	['a failure that is no problem document', 'redocly', /problem-details/, (paths) => {
		paths['/api/tasks'].get.responses['404'] = { description: 'Lost.',
			content: { 'application/json': { schema: { type: 'object' } } } };
	}],
	['an operation without a description', 'spectral', /operation-description/, (paths) => {
		delete paths['/api/tasks'].post.description;
	}],
	['an operation without an example of its body', 'spectral', /hob-exemplified.*the body/, (paths) => {
		delete paths['/api/tasks'].post.requestBody.content['application/json'].example;
	}],
	['an operation without an example of its answer', 'spectral', /hob-exemplified.*the answer 200/, (paths) => {
		delete paths['/api/tasks'].get.responses['200'].content['application/json'].example;
	}],
	['an example that is not as its schema says', 'spectral', /oas3-valid-media-example/, (paths) => {
		paths['/api/residences'].post.requestBody.content['application/json'].example.name = 7;
	}],
	['a schema without words', 'spectral', /hob-schema-explained/, (paths, { schemas }) => {
		delete schemas.Task.description;
	}],
	['a pattern without an example', 'spectral', /hob-pattern-exemplified/, (paths, { schemas }) => {
		delete schemas.TaskCreate.properties.title.examples;
	}],
	['a schema with "not"', 'spectral', /hob-generatable.*"not"/, (paths, { schemas }) => {
		schemas.TaskCreate.properties.title.not = { const: '' };
	}],
	['a value of two types', 'spectral', /hob-generatable.*oneOf/, (paths, { schemas }) => {
		schemas.TaskCreate.properties.due_time.type = ['string', 'integer'];
	}],
	['a copy of Person', 'spectral', /hob-shared/, (paths, { schemas }) => {
		schemas.Residence.properties.owner = { ...schemas.Person };
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

/** All faults of one linter in one document: a run of it takes seconds. */
function broken(who) {
	const document = committed();

	FAULTS.filter(([, whose]) => whose === who)
		.forEach(([, , , breakIt]) => breakIt(document.paths, document.components));
	return document;
}

for (const who of Object.keys(LINTERS))
	describe(`${who} notices`, () => {
		let run;

		before(async () => {
			const folder = mkdtempSync(path.join(tmpdir(), 'hob-contract.'));
			const file = path.join(folder, 'openapi.json');

			writeFileSync(file, JSON.stringify(broken(who)));
			run = await tool(who, [...LINTERS[who], file]);
			rmSync(folder, { recursive: true, force: true });
		});
		for (const [what, , words] of FAULTS.filter(([, whose]) => whose === who))
			test(what, () => {
				assert.notEqual(run.status, 0, `${who} is content`);
				assert.match(run.output, words);
			});
	});
