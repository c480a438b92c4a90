// support.mjs: the rules as the C program and the database have them, many questions at a
// time, and dice that fall the same way twice.
import { spawn } from 'node:child_process';

import { sql } from '../api/support/db.mjs';

/** The answers of app/model to lines that t/recurrence/recurrence.c knows, in their order. */
export function askProgram(lines) {
	return new Promise((resolve, reject) => {
		const child = spawn(`${process.env.HOB_BUILD}/recurrence`, [], { stdio: ['pipe', 'pipe', 'inherit'] });
		const chunks = [];

		child.stdout.on('data', (chunk) => chunks.push(chunk));
		child.on('error', reject);
		child.on('close', (code) => {
			const answers = Buffer.concat(chunks).toString().split('\n').slice(0, -1);

			if (code !== 0 || answers.length !== lines.length)
				reject(new Error(`recurrence ended with ${code} after ${answers.length} of ${lines.length} answers`));
			else
				resolve(answers);
		});
		child.stdin.end(lines.map((line) => `${line}\n`).join(''));
	});
}

const BATCH = 5000;

/** `expression` of PostgreSQL for each of `items`, which it sees as the jsonb c, as texts. */
export async function askDatabase(expression, items) {
	const answers = [];

	for (let i = 0; i < items.length; i += BATCH)
		answers.push(...await sql(`SELECT coalesce((${expression})::text, '') || '.'
			FROM jsonb_array_elements($json$${JSON.stringify(items.slice(i, i + BATCH))}$json$) WITH ORDINALITY t (c, n) ORDER BY n`));
	return answers.map((answer) => answer.slice(0, -1));
}

/** Dice (mulberry32): integers in [0, n), and one of a list. */
export class Dice {
	constructor(seed) {
		this.state = seed >>> 0;
	}

	roll(n) {
		this.state = this.state + 0x6d2b79f5 >>> 0;
		let t = Math.imul(this.state ^ this.state >>> 15, this.state | 1);
		t ^= t + Math.imul(t ^ t >>> 7, t | 61);
		return Math.floor(((t ^ t >>> 14) >>> 0) / 4294967296 * n);
	}

	pick(list) {
		return list[this.roll(list.length)];
	}
}

export const SEED = Number(process.env.HOB_SEED ?? 20261127);
