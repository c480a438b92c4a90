/*
 * gate_stand.mjs: a pool (gate_pool.c, built here) and an nginx of its own before it, in a throwaway
 * folder, on unix sockets and one loopback port; for gate_test.mjs.
 * GATE_SECONDS is how long each throughput measurement lasts (2).
 */
import { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname),
	'../..');
export const seconds = Number(process.env.GATE_SECONDS ?? 2);
export let work, program;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function until(what, probe, ms = 10000)
{
	const end = Date.now() + ms;
	for (;;) {
		const value = await probe();
		if (value)
			return value;
		assert.ok(Date.now() < end, `never came: ${what}`);
		await sleep(10);
	}
}

const glob = (folder) => fs.readdirSync(path.join(root, folder))
	.filter((name) => name.endsWith('.c')).map((name) => `${folder}/${name}`);

before(() => {
	work = fs.mkdtempSync(path.join(os.tmpdir(), 'hob-gate-'));
	fs.chmodSync(work, 0o755);
	program = path.join(work, 'gate_pool');
	execFileSync(process.env.CC ?? 'cc', ['-std=c17', '-D_GNU_SOURCE', '-O2', '-g', '-Wall',
		...(process.env.GATE_CFLAGS ?? '').split(' ').filter(Boolean),
		'-include', 'lib/core/banned.h', '-Ilib', '-o', program, 't/fault/gate_pool.c',
		...['supervise', 'gate', 'fcgi', 'core', 'log', 'json'].flatMap((d) => glob(`lib/${d}`)),
		'-lfcgi', '-lcjson'], { cwd: root, stdio: 'inherit' });
});
after(() => fs.rmSync(work, { recursive: true, force: true }));

/* --- a pool and an nginx ---------------------------------------------------- */

const freePort = () => new Promise((done) => {
	const s = net.createServer().listen(0, '127.0.0.1', () => {
		const { port } = s.address();
		s.close(() => done(port));
	});
});

function nginxConf(dir, port)
{
	const param = ['QUERY_STRING $query_string', 'REQUEST_METHOD $request_method',
		'CONTENT_TYPE $content_type', 'CONTENT_LENGTH $content_length',
		'REQUEST_URI $request_uri', 'REMOTE_ADDR $remote_addr', 'HTTP_HOST $host']
		.map((p) => `fastcgi_param ${p};`).join(' ');
	return `${process.getuid() === 0 ? 'user root;' : ''}
worker_processes 1; pid ${dir}/nginx.pid; error_log ${dir}/nginx.log warn; daemon off;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000;
 client_body_temp_path ${dir}/t1; fastcgi_temp_path ${dir}/t2; proxy_temp_path ${dir}/t3;
 uwsgi_temp_path ${dir}/t4; scgi_temp_path ${dir}/t5;
 upstream pool { server unix:${dir}/pool.sock; keepalive 32; keepalive_requests 1000000000; }
 server { listen 127.0.0.1:${port} backlog=4096; client_max_body_size 16m; ${param}
  fastcgi_next_upstream off; fastcgi_keep_conn on; fastcgi_read_timeout 20s;
  location / { fastcgi_pass pool; } } }
`;
}

export class Stand {
	loads = [];
	async start(...limits)
	{
		this.dir = fs.mkdtempSync(path.join(work, 'stand-'));
		this.port = await freePort();
		this.program = path.join(this.dir, 'gate_pool');
		fs.copyFileSync(program, this.program);
		fs.writeFileSync(`${this.dir}/nginx.conf`, nginxConf(this.dir, this.port));
		this.pool = this.spawn(limits);
		this.nginx = spawn('nginx', ['-p', this.dir, '-c', `${this.dir}/nginx.conf`],
			{ stdio: 'ignore' });
		this.agent = new http.Agent({ keepAlive: true, maxSockets: 1000 });
		await until('an answer', async () => (await this.get('/')).status === 200);
		return this;
	}
	spawn(limits)
	{
		const log = fs.openSync(`${this.dir}/pool.log`, 'a');
		const child = spawn(this.program, [this.dir, ...limits],
			{ stdio: ['ignore', 'ignore', log] });
		fs.closeSync(log);
		child.ended = new Promise((done) => child.on('exit',
			(code, signal) => done(signal ?? code)));
		return child;
	}
	/* { status, body, ms }; status 0 when the connection broke. */
	get(url, body)
	{
		const began = performance.now();
		return new Promise((done) => {
			const finish = (status, text, headers) => done({ status, body: text,
				headers, ms: performance.now() - began });
			const req = http.request({ port: this.port, host: '127.0.0.1', path: url,
				agent: this.agent, method: body ? 'POST' : 'GET' }, (res) => {
				const parts = [];
				res.on('data', (d) => parts.push(d));
				res.on('error', () => finish(0, 'broken'));
				res.on('end', () => finish(res.complete ? res.statusCode : 0,
					Buffer.concat(parts).toString(), res.headers));
			});
			req.on('error', (e) => finish(0, String(e)));
			req.end(body);
		});
	}
	/* Clients that ask on and on until stop(); resolves to all answers. */
	load(clients, pick)
	{
		const answers = [];
		let stopped = false;
		const client = async (n) => {
			for (let i = 0; !stopped; i++) {
				const [url, body] = pick(n, i);
				answers.push(await this.get(url, body));
			}
		};
		const all = Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
		const stop = async () => { stopped = true; await all; return answers; };
		this.loads.push(stop);
		return { answers, stop };
	}
	wrk(clients, script, secs = seconds)
	{
		const args = ['-t1', `-c${clients}`, `-d${secs}`, '--latency', '--timeout', '10'];
		if (script) {
			fs.writeFileSync(`${this.dir}/wrk.lua`, script);
			args.push('-s', `${this.dir}/wrk.lua`);
		}
		return new Promise((done) => {
			const child = spawn('wrk', [...args, `http://127.0.0.1:${this.port}/`]);
			let text = '';
			child.stdout.on('data', (d) => { text += d; });
			child.on('close', () => done({ text,
				rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]),
				p99: /99%\s+(\S+)/.exec(text)?.[1],
				failed: /Non-2xx|Socket errors/.test(text) }));
		});
	}
	board()
	{
		const b = JSON.parse(execFileSync(program, ['--show', this.dir]));
		b.workers.pop();
		return b;
	}
	log(event)
	{
		return fs.readFileSync(`${this.dir}/pool.log`, 'utf8').split('\n').filter(Boolean)
			.map((line) => { try { return JSON.parse(line); } catch { return { line }; } })
			.filter((entry) => !event || entry.event === event);
	}
	async kill(pid)
	{
		process.kill(pid, 'SIGKILL');
		await until('its successor', () => {
			const { workers } = this.board();
			return workers.every((w) => w.pid !== pid) && workers.length === 4;
		});
	}
	/* Of the master and its workers, in hundredths of a second. */
	cpuTicks()
	{
		return [this.pool.pid, ...this.board().workers.map((w) => w.pid)].reduce((sum, pid) => {
			const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
			return sum + Number(fields[11]) + Number(fields[12]);
		}, 0);
	}
	signal(name) { this.pool.kill(name); }
	ready(n)
	{
		return until(`${n} workers idle, none leaving`, () => {
			const { workers } = this.board();
			return workers.length === n && workers.every((w) => w.state === 'idle');
		});
	}
	async stop()
	{
		const loads = this.loads.map((stop) => stop());
		this.agent.destroy();
		if (this.pool.exitCode === null && this.pool.signalCode === null)
			this.pool.kill('SIGINT');
		await this.pool.ended;
		this.nginx.kill('SIGTERM');
		await new Promise((done) => this.nginx.on('exit', done));
		await Promise.all(loads);
	}
}
