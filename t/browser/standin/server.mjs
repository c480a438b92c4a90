// server.mjs: nginx and hob-admin as far as the panel can tell: build/panel at /admin/ with the headers of nginx, the
// contract of /api/admin over rows in memory, by https on a port of its own.
//
//   node server.mjs [PORT]      to look at the panel without the stack; who may sign in is printed
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { auth, PASSWORD, staff } from './auth.mjs';
import { entitiesOf } from './entities.mjs';
import { Refusal } from './problems.mjs';
import { timeseries } from './rows.mjs';
import { schemaFor } from './schema.mjs';
import { stepAt, totp } from './totp.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const TYPES = {
	'.html': 'text/html',
	'.css': 'text/css',
	'.js': 'text/javascript',
	'.svg': 'image/svg+xml',
	'.txt': 'text/plain',
};

/** The policy that nginx sends with these pages. */
function policy() {
	const conf = readFileSync(path.join(root, 'conf/nginx/http.conf'), 'utf8');

	return /"~\^\/admin\(\/\|\$\)" "([^"]*)"/.exec(conf)[1];
}

function certificate() {
	const folder = mkdtempSync(path.join(tmpdir(), 'hob-panel.'));
	const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name));

	execFileSync(
		'openssl',
		[
			'req',
			'-x509',
			'-newkey',
			'ec',
			'-pkeyopt',
			'ec_paramgen_curve:P-256',
			'-nodes',
			'-days',
			'2',
			'-subj',
			'/CN=localhost',
			'-addext',
			'subjectAltName=IP:127.0.0.1',
			'-keyout',
			key,
			'-out',
			cert,
		],
		{ stdio: 'ignore' }
	);
	const pair = { key: readFileSync(key), cert: readFileSync(cert) };

	rmSync(folder, { recursive: true });
	return pair;
}

function routesOf(world) {
	const things = entitiesOf(schemaFor);
	const own = [
		['POST', 'auth/login', world.login, { open: true }],
		['POST', 'auth/logout', world.logout],
		['POST', 'auth/confirm', world.confirm],
		['GET', 'auth/me', world.me],
		['GET', 'schema', ({ session }) => ({ body: { entities: schemaFor(session.role) } })],
		['GET', 'stats/overview', () => ({ body: timeseries(1)[0] })],
		[
			'GET',
			'stats/timeseries',
			({ query }) => ({ body: { results: timeseries(Number(query.get('days'))) } }),
		],
		['GET', ':entity', things.list],
		['POST', ':entity', things.create],
		['GET', ':entity/export.csv', things.csv],
		['POST', ':entity/bulk-update', things.bulkUpdate],
		['POST', ':entity/bulk-delete', things.bulkDelete],
		['GET', ':entity/:id', things.read],
		['PATCH', ':entity/:id', things.patch],
		['DELETE', ':entity/:id', things.remove],
		['POST', ':entity/:id/actions/:action', things.act],
	];

	return own.map(([method, pattern, run, more = {}]) => ({
		method,
		run,
		...more,
		pattern: new RegExp(
			`^/api/admin/${pattern.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)').replaceAll('.', '\\.')}$`
		),
	}));
}

async function bodyOf(request) {
	let text = '';

	for await (const part of request) text += part;
	return text === '' ? undefined : JSON.parse(text);
}

/** What each call must bring: a header that no form of another page can send, and our own Origin. */
function prove({ headers }) {
	if (headers['x-hob-admin'] !== '1' || (headers.origin && headers.origin !== `https://${headers.host}`))
		throw new Refusal('forbidden');
}

async function answer(request, routes, world) {
	const url = new URL(request.url, 'https://here');
	const route = routes.find(({ method, pattern }) => method === request.method && pattern.test(url.pathname));

	prove(request);
	if (world.away > 0) {
		world.away -= 1;
		throw new Refusal('try_later', {}, { 'Retry-After': '1' });
	}
	if (!route)
		throw new Refusal('not_found');
	const params = Object.fromEntries(
		Object.entries(route.pattern.exec(url.pathname).groups ?? {}).map(([name, value]) => [
			name,
			decodeURIComponent(value),
		])
	);

	return route.run({
		request,
		params,
		query: url.searchParams,
		body: await bodyOf(request),
		session: route.open ? null : world.enter(request),
	});
}

function api(request, response, routes, world) {
	const send = ({ status = 200, headers = {}, body, text, type = 'application/json' }) => {
		response.writeHead(status, {
			'Content-Type': type,
			'Cache-Control': 'private, no-store',
			...headers,
		});
		response.end(text ?? (body === undefined ? undefined : JSON.stringify(body)));
	};

	return answer(request, routes, world)
		.then(send)
		.catch((error) => {
			const refusal =
				error instanceof Refusal
					? error
					: new Refusal('try_later', { detail: String(error) });
			const body = refusal.document(request.headers['accept-language']);

			send({
				status: body.status,
				body,
				headers: refusal.headers,
				type: 'application/problem+json',
			});
		});
}

function page(request, response, csp) {
	const name = request.url
		.split('?')[0]
		.replace(/^\/admin\/$/, '/admin/index.html')
		.replace(/^\/admin\//, '');
	const type = TYPES[path.extname(name)];

	try {
		const bytes = readFileSync(path.join(root, 'build/panel', path.normalize(`/${name}`)));

		response.writeHead(200, {
			'Content-Type': type,
			'Content-Security-Policy': csp,
			'X-Content-Type-Options': 'nosniff',
			'Referrer-Policy': 'no-referrer',
			'X-Frame-Options': 'DENY',
		});
		response.end(bytes);
	} catch {
		response.writeHead(404);
		response.end();
	}
}

/** { url, staff, world, close }. `idleMs` is how long a session lasts unused; world.away makes so many calls fail. */
export async function standin({ port = 0, idleMs = 1_800_000 } = {}) {
	const world = { away: 0, ...auth({ idleMs }) };
	const [routes, csp] = [routesOf(world), policy()];
	const server = createServer(certificate(), (request, response) =>
		request.url.startsWith('/api/admin/')
			? api(request, response, routes, world)
			: page(request, response, csp)
	);

	await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
	return {
		url: `https://127.0.0.1:${server.address().port}`,
		staff,
		world,
		close: () => {
			server.closeAllConnections();
			return new Promise((resolve) => server.close(resolve));
		},
	};
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const { url } = await standin({ port: Number(process.argv[2] ?? 8543) });

	console.log(`${url}/admin/`);
	staff.forEach(({ email, secret }) =>
		console.log(`${email} / ${PASSWORD} / ${totp(secret, stepAt(Date.now()))} (${secret})`)
	);
}
