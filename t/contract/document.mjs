// document.mjs: an API document as questions: which operation is this request, what is wrong
// with this answer, may this body be sent? Knows nothing of the suites that ask.
import { readFileSync } from 'node:fs';

import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

// What nginx or the router may say to any request, before there is an operation.
const ANYWHERE = [400, 404, 405, 413, 414, 429, 431, 501, 503, 504, 505];
// Words of OpenAPI, not of JSON Schema.
const AROUND = ['openapi', 'info', 'servers', 'tags', 'paths', 'components', 'x-story'];
// Files of nginx, not answers of the API.
const PAGES = /^\/(admin|api\/docs)(\/|$)/;
// What Hob says beside the body; of caching and CORS nothing is Hob's own.
const OWN_HEADERS = new RegExp('^(x-hob-|x-request-|ratelimit|retry-after|etag|location|idempotency-|content-language'
	+ '|link$|accept-encoding$|allow$|www-)');

/** The document of the API for households, or of that for staff ("openapi-staff"). */
export function committed(name = 'openapi') {
	return JSON.parse(readFileSync(new URL(`../../doc/${name}.json`, import.meta.url), 'utf8'));
}

const escaped = (name) => String(name).replaceAll('~', '~0').replaceAll('/', '~1');
export const pointer = (...names) => `#${names.map((name) => `/${escaped(name)}`).join('')}`;

const isObject = (value) => value !== null && typeof value === 'object';
const at = (document, ref) => ref.slice(2).split('/')
	.reduce((value, name) => value[name.replaceAll('~1', '/').replaceAll('~0', '~')], document);

/** One object schema of the several in allOf. */
function merged(document, { allOf = [], ...schema }) {
	const parts = allOf.map((part) => merged(document, part.$ref ? at(document, part.$ref) : part));
	const all = Object.assign({}, ...parts, schema);

	if (parts.length > 0) {
		all.properties = Object.assign({}, ...parts.map((part) => part.properties));
		all.required = parts.flatMap((part) => part.required ?? []);
	}
	return all;
}

/**
 * The same with every object and every open enum closed: clients shall ignore members and
 * take codes that they do not know, but we send none that is not written down.
 */
function closed(document, value) {
	if (Array.isArray(value))
		return value.map((item) => closed(document, item));
	if (!isObject(value))
		return value;
	const schema = value.allOf ? merged(document, value) : value;
	const copy = Object.fromEntries(Object.entries(schema).map(([name, inner]) => [name, closed(document, inner)]));

	if (copy['x-extensible-enum'])
		copy.enum = copy['x-extensible-enum'];
	return isObject(copy.properties) ? { additionalProperties: false, ...copy } : copy;
}

function compiler(document) {
	const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });

	addFormats(ajv);
	ajv.addFormat('idn-email', true);	// the pattern beside it says more
	[...AROUND, 'x-extensible-enum'].forEach((word) => ajv.addKeyword(word));
	ajv.addSchema({ $id: 'sent', ...document });
	ajv.addSchema({ $id: 'answered', ...closed(document, document) });
	return ajv;
}

export class Contract {
	constructor(document) {
		this.document = document;
		this.ajv = compiler(document);
		this.operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods)
			.map(([method, operation]) => ({
				name: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path, operation,
				at: ['paths', path, method],
				matches: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}/?$`),
			})));
		// "/api/tasks/kanban" before "/api/tasks/{task_id}".
		this.operations.sort((a, b) => a.path.split('{').length - b.path.split('{').length);
	}

	/** The operation of a request; undefined when the document has none. */
	find(method, target) {
		const path = target.split('?')[0];
		const verb = method === 'HEAD' ? 'GET' : method;

		return this.operations.find((o) => o.method === verb && o.matches.test(path));
	}

	/** What a schema says against a value: sentences, none when it is valid. */
	against(space, place, value) {
		const check = this.ajv.getSchema(space + place);

		if (check(value))
			return [];
		return check.errors.map((e) =>
			`${e.instancePath || 'the whole'} ${e.message}`
				+ (e.params.additionalProperty ? ` (${e.params.additionalProperty})` : ''));
	}

	/** Of a body for an operation that takes one. */
	bodyFaults(found, body) {
		return this.against('sent',
			pointer(...found.at, 'requestBody', 'content', 'application/json', 'schema'), body);
	}

	/** Where the document speaks of this answer; undefined when it does not. */
	#response(found, status) {
		const responses = found?.operation.responses ?? {};
		const key = responses[status] ? String(status)
			: ANYWHERE.includes(status) && (found === undefined || responses.default) ? 'default'
				: undefined;

		if (key === undefined)
			return undefined;
		if (found === undefined)
			return pointer('components', 'responses', 'Problem');
		return responses[key].$ref ?? pointer(...found.at, 'responses', key);
	}

	/** What is wrong with an answer: sentences. `reply` as t/api/support/client.mjs makes it. */
	answerFaults(method, target, reply) {
		const found = this.find(method, target);
		const place = this.#response(found, reply.status);

		if (found === undefined && PAGES.test(target))
			return [];
		if (place === undefined)
			return [`${reply.status} is not documented`];
		const { headers = {}, content = {}, 'x-codes': codes } = at(this.document, place);
		const missing = Object.entries(headers).filter(([name, header]) => reply.status < 300
				&& (header.$ref ? at(this.document, header.$ref) : header).required
					&& reply.headers[name.toLowerCase()] === undefined)
			.map(([name]) => `it lacks the header ${name}`);
		const known = new Set(Object.keys(headers).map((name) => name.toLowerCase()));

		for (const name of Object.keys(reply.headers))
			if (OWN_HEADERS.test(name) && !known.has(name))
				missing.push(`its header ${name} is not documented`);
		if (codes && !place.endsWith('/Problem') && reply.body && !codes.includes(reply.body.code))
			missing.push(`its code ${reply.body.code} is not documented, only ${codes}`);
		return method === 'HEAD' ? missing : [...missing, ...this.#contentFaults(place, content, reply)];
	}

	#contentFaults(place, content, reply) {
		const type = (reply.headers['content-type'] ?? '').split(';')[0];

		if (Object.keys(content).length === 0)
			return reply.text === '' ? [] : ['it has content'];
		if (content[type] === undefined)
			return [`it is ${type || 'without a type'}, not ${Object.keys(content)}`];
		return this.against('answered', `${place}${pointer('content', type, 'schema').slice(1)}`,
			/json$/.test(type) ? reply.body : reply.text);
	}
}
