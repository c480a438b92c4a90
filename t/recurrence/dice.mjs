// dice.mjs: chance that falls the same way for the same seed (mulberry32).

/** { roll(n): a number below n, pick(list): one of it }. */
export function dice(seed) {
	let state = seed;

	function roll(n) {
		state = (state + 0x6d2b79f5) | 0;
		let t = Math.imul(state ^ (state >>> 15), 1 | state);

		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return Math.floor(((t ^ (t >>> 14)) >>> 0) / 2 ** 32 * n);
	}
	return { roll, pick: (list) => list[roll(list.length)] };
}
