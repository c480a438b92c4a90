// client.test.mjs: clients that are made from the document. A client's first day is lived
// three times: as an Arazzo workflow that redocly runs and checks, and by the TypeScript of
// hey-api and of openapi-typescript. What orval, swagger-typescript-api and quicktype make
// compiles; the zod schemas take what the server answers. There is no compiler of Swift or
// Kotlin here: of those it is looked at what was printed.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { base } from '../api/support/client.mjs';
import { freshEmail, newResidence, newTask, signUp } from '../api/support/people.mjs';
import { committed } from './document.mjs';
import * as generators from './generators.mjs';
import { exampleOf, story } from './household.mjs';
import { committedPath, here, tool } from './tools.mjs';

const server = base.href.replace(/\/$/, '');
const document = committed();

async function succeeds(name, args, cwd) {
	const { status, output } = await tool(name, args, cwd);

	assert.equal(status, 0, output);
	return output;
}

test('redocly lives it, and every answer is as documented', async () => {
	const output = await succeeds('redocly', ['respect', 'story.arazzo.yaml',
		'--input', `email=${freshEmail('arazzo')}`, '--server', `hob=${server}`]);

	assert.match(output, /1 passed, 1 total/);
});

const STRICT = {
	strict: true, noUncheckedIndexedAccess: true, noEmitOnError: true, target: 'ES2022', skipLibCheck: true,
	lib: ['ES2022', 'DOM', 'DOM.Iterable'], module: 'node16', moduleResolution: 'node16', types: ['node'],
	typeRoots: [path.join(here, 'node_modules/@types')], outDir: 'js',
};

describe('TypeScript', () => {
	let folder;

	before(async () => {
		folder = mkdtempSync(path.join(tmpdir(), 'hob-contract.'));
		symlinkSync(path.join(here, 'node_modules'), path.join(folder, 'node_modules'));
		await generators.heyApi(committedPath, folder);
		await generators.openapiTypescript(document, folder);
		await generators.orvalZod(committedPath, folder);
		await generators.swaggerTypescript(document, folder);
		for (const name of ['story.ts', 'fetch.ts'])
			copyFileSync(path.join(here, name), path.join(folder, name));
		writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: STRICT,
			files: ['story.ts', 'fetch.ts', 'zod.ts', 'Api.ts'] }));
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	test('of hey-api, openapi-typescript, orval with zod and swagger-typescript-api compiles', async () => {
		await succeeds('tsc', ['-p', folder]);
	});
	test('of hey-api lives it', async () => {
		await succeeds(path.join(folder, 'js/story.js'), [server, freshEmail('typed')], folder);
	});
	test('of openapi-typescript, with openapi-fetch, lives it', async () => {
		await succeeds(path.join(folder, 'js/fetch.js'), [server, freshEmail('fetched')], folder);
	});

	test('of orval parses, by zod, each example of a body and what the server answers', async () => {
		const schemas = createRequire(import.meta.url)(path.join(folder, 'js/zod.js'));
		const { client, ...person } = await signUp();
		const residence = await newResidence({ client, ...person });
		const fields = { due_on: '2031-01-31', recurrence: { unit: 'month', every: 1, month_day: -1 } };
		const task = await newTask({ client }, residence, fields);
		const bodies = story(document).map((step) => [step.id, exampleOf(step)])
			.filter(([, example]) => example.type === 'application/json');
		const answers = {
			GetMe: '/api/auth/me', ListResidences: '/api/residences', GetTask: `/api/tasks/${task.id}`,
			ListTasks: '/api/tasks', GetBoard: '/api/tasks/kanban', Sync: '/api/sync',
			GetStaticData: '/api/static-data', ListActivity: `/api/residences/${residence.id}/activity`,
			ListSummaries: '/api/residences/summary',
			GetReport: `/api/residences/${residence.id}/report`, ListTaskTemplates: '/api/task-templates',
			ListMembers: `/api/residences/${residence.id}/members`,
		};
		const named = (id, what) => Object.entries(schemas)
			.find(([name]) => name.toLowerCase() === `${id}${what}`.toLowerCase())?.[1];

		assert.ok(bodies.length > 15);
		for (const [id, { request }] of bodies)
			assert.deepEqual(named(id, 'Body').safeParse(request).error?.issues, undefined, id);
		for (const [id, target] of Object.entries(answers)) {
			const { body } = await client.get(target);
			assert.deepEqual(named(id, 'Response').safeParse(body).error?.issues, undefined, id);
		}
		assert.ok(!named('createTask', 'Body').safeParse({ residence_id: residence.id, title: 1 }).success);
	});
});

describe('quicktype', () => {
	const balanced = (text) => [...text].reduce((depth, c) => depth + (c === '{') - (c === '}'), 0) === 0;
	// Once each, though they stand in many objects; and the members that have no value are optional.
	const TYPES = {
		swift: [/^struct Person: Codable \{/gm, /^struct Task: Codable \{/gm,
			/^struct RecurrenceRule: Codable \{/gm, /^enum Weekday: String, Codable \{/gm],
		kotlin: [/^data class Person \(/gm, /^data class Task \(/gm, /^data class RecurrenceRule \(/gm,
			/^enum class Weekday\(/gm],
	};

	for (const [language, types] of Object.entries(TYPES))
		test(`prints ${language} with a type for each schema`, async () => {
			const text = await generators.native(document, language);
			const code = text.replace(/^ *(\/\/|\*|\/\*).*$/gm, '');

			assert.ok(balanced(code));
			for (const type of types)
				assert.equal([...code.matchAll(type)].length, 1, `${type}`);
			assert.match(code, language === 'swift' ? /let dueOn: String\?/
				: /val dueOn: (String|LocalDate)\?/);
		});
});
