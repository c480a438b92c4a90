// clock.mjs: the time of a store, in milliseconds since 1970. It stands where it was set when it is given a start, so
// that a test decides all of it; without one it flows with the machine's, ahead or behind by what it was set.
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/**
 *   now()        the time
 *   set(when)    a number or what Date takes
 *   pass(ms)     so much later
 *   reach(when)  sets it forward, never back
 */
export function makeClock(start) {
	const flowing = () => (start === undefined ? Date.now() : 0);
	const number = (when) => (typeof when === 'number' ? when : new Date(when).getTime());
	let base = start === undefined ? 0 : number(start);
	const clock = {
		now: () => base + flowing(),
		set: (when) => { base = number(when) - flowing(); },
		pass: (ms) => { base += ms; },
		reach: (when) => clock.set(Math.max(clock.now(), number(when))),
	};

	return clock;
}
