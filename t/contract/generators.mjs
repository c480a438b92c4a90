// generators.mjs: what developers make of the document: TypeScript by five tools, Swift and
// Kotlin by one, in one process. client.test.mjs compiles and drives it.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { createClient } from '@hey-api/openapi-ts';
import openapiTypes, { astToString } from 'openapi-typescript';
import { generate } from 'orval';
import { InputData, JSONSchemaInput, quicktype } from 'quicktype-core';
import { generateApi } from 'swagger-typescript-api';

function put(file, text) {
	mkdirSync(path.dirname(file), { recursive: true });
	writeFileSync(file, text);
}

/** hey-api: a client in FOLDER/client. */
export async function heyApi(input, folder) {
	await createClient({
		input, output: path.join(folder, 'client'),
		plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
		logs: { level: 'silent', file: false },
	});
}

/** openapi-typescript: types for openapi-fetch in FOLDER/paths.ts. */
export async function openapiTypescript(document, folder) {
	put(path.join(folder, 'paths.ts'), astToString(await openapiTypes(structuredClone(document))));
}

/** orval with zod: a schema for each body and answer in FOLDER/zod.ts. */
export async function orvalZod(input, folder) {
	const output = { target: path.join(folder, 'zod.ts'), client: 'zod', mode: 'single' };
	await generate({ input, output }, folder);
}

/** swagger-typescript-api: a client in FOLDER/Api.ts. */
export async function swaggerTypescript(document, folder) {
	const { files } = await generateApi({
		spec: structuredClone(document), output: false, silent: true, fileName: 'Api.ts',
		httpClientType: 'fetch',
	});

	files.forEach((file) => put(path.join(folder, `${file.fileName}${file.fileExtension}`), file.fileContent));
}

/** quicktype: the text of types for every schema, in "swift" or "kotlin". */
export async function native(document, language) {
	const names = Object.keys(document.components.schemas);
	const asked = {
		$schema: 'http://json-schema.org/draft-06/schema#', type: 'object',
		properties: Object.fromEntries(names.map((name) => [name, { $ref: `#/definitions/${name}` }])),
		definitions: document.components.schemas,
	};
	const schema = JSON.stringify(asked).replaceAll('#/components/schemas/', '#/definitions/');
	const input = new JSONSchemaInput(undefined);
	const data = new InputData();

	await input.addSource({ name: 'Everything', schema });
	data.addInput(input);
	const { lines } = await quicktype({
		inputData: data, lang: language, rendererOptions: language === 'kotlin' ? { framework: 'kotlinx' } : {},
	});

	return lines.join('\n');
}
