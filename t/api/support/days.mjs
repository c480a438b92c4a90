// days.mjs: calendar days as people in a time zone see them.

/** The local day now, or `offset` days from it, as YYYY-MM-DD. */
export function localDay(zone, offset = 0) {
	const today = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' })
		.format(new Date());
	const day = new Date(`${today}T00:00:00Z`);

	day.setUTCDate(day.getUTCDate() + offset);
	return day.toISOString().slice(0, 10);
}

/** The instant at which it is noon on that day in the zone. */
export function noon(zone, day) {
	const guess = new Date(`${day}T12:00:00Z`);
	const shown = new Intl.DateTimeFormat('sv-SE',
		{ timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(guess);

	return new Date(2 * guess - new Date(`${shown.replace(' ', 'T')}Z`)).toISOString().replace('.000Z', 'Z');
}

function localHour(zone) {
	return Number(new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' })
		.format(new Date()));
}

// One zone for about every second hour of the day.
const ZONES = ['Pacific/Auckland', 'Asia/Tokyo', 'Asia/Bangkok', 'Asia/Dubai', 'Europe/Athens',
	'UTC', 'Atlantic/South_Georgia', 'America/Bogota', 'America/Phoenix', 'Pacific/Honolulu',
	'Pacific/Pago_Pago', 'Asia/Kolkata'];

/** A zone where it is the middle of the day, so that no test runs across its midnight. */
export function zoneInDaylight() {
	return ZONES.find((zone) => localHour(zone) >= 8 && localHour(zone) <= 15);
}

/** Runs `body` again when a midnight in one of the zones fell into it. */
export async function withinOneDay(zones, body) {
	for (;;) {
		const before = zones.map((zone) => localDay(zone)).join();

		try {
			await body();
			return;
		} catch (why) {
			if (zones.map((zone) => localDay(zone)).join() === before)
				throw why;
		}
	}
}
