// household.mjs: the examples of the document as one household: in the order of x-story, with
// the ids, keys and codes of the examples replaced by those of a server. Knows the document
// alone, and no suite.
import { randomUUID } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
// What is behind these is the secret, and a parameter of another operation.
const SECRET_PATH = /^\/api\/(calendar|exports|files)\//;
const isObject = (value) => value !== null && typeof value === 'object';

/** Every operation in the order of the story: name, method, path, operation. */
export function story(document) {
	const all = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods)
		.map(([method, operation]) =>
			[operation.operationId, { method: method.toUpperCase(), path, operation }]));
	const byId = Object.fromEntries(all);

	return document['x-story'].map((id) => ({ id, ...byId[id] }));
}

/** The first that has an example. */
function first(content = {}) {
	const all = Object.entries(content);

	return all.find(([, { example }]) => example !== undefined) ?? all[0] ?? [];
}

const isBytes = ({ schema }) => schema?.$ref === '#/components/schemas/Bytes';

/** What the document has of an operation: its request, and its answer when it succeeds; nobody reads one of bytes. */
export function exampleOf({ operation }) {
	const [type, request] = first(operation.requestBody?.content);
	const status = ['201', '200', '202', '204'].find((key) => operation.responses[key]);
	const response = operation.responses[status];

	return {
		type, request: request?.example, status: Number(status), response,
		answers: Object.entries(response.content ?? {}).filter(([, content]) => !isBytes(content))
			.map(([media, { example }]) => [media, example]),
		parameters: operation.parameters.filter((p) => p.example !== undefined),
	};
}

/** Text by text, wherever it stands, what the examples have and what this server has. */
export class Names {
	#real = new Map();
	#made;

	/** Ids that a client makes are `made` of those of the examples. */
	constructor(made = () => randomUUID()) {
		this.#made = made;
	}

	/** The examples' value as this server knows it. Ids that nothing told yet are made by the client. */
	real(value) {
		if (Array.isArray(value))
			return value.map((item) => this.real(item));
		if (isObject(value))
			return Object.fromEntries(Object.entries(value)
				.map(([name, inner]) => [name, this.real(inner)]));
		if (typeof value === 'string' && UUID.test(value) && !this.#real.has(value))
			this.#real.set(value, this.#made(value));
		return this.#real.get(value) ?? value;
	}

	tell(example, value) {
		this.#real.set(example, value);
	}

	/** What the examples call a value of the server's; undefined: nothing. */
	exampleOf(value) {
		return [...this.#real].find(([, real]) => real === value)?.[0];
	}

	/** Learns from an answer, held beside the example of it. */
	learn(example, value) {
		if (isObject(example) && isObject(value))
			for (const [name, inner] of Object.entries(example))
				this.learn(inner, value[name]);
		else if (typeof example === 'string' && typeof value === 'string' && !this.#real.has(example)
			&& (UUID.test(example) || /^[0-9A-Z]{4}(-[0-9A-Z]{4}){2}$/.test(example)))
			this.#real.set(example, value);
		else if (typeof example === 'string' && SECRET_PATH.test(example) && typeof value === 'string')
			this.#real.set(example.replace(SECRET_PATH, ''), value.replace(SECRET_PATH, ''));
	}

	/** The path and query of a request. */
	target({ path }, parameters) {
		const of = (place) => parameters.filter((p) => p.in === place);
		const query = of('query').map((p) => [p.name, String(this.real(p.example))]);
		const filled = of('path').reduce((all, p) =>
			all.replace(`{${p.name}}`, encodeURIComponent(this.real(p.example))), path);

		return query.length > 0 ? `${filled}?${new URLSearchParams(query)}` : filled;
	}
}
