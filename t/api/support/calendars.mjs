// calendars.mjs: what three libraries make of a calendar.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../../contract/package.json', import.meta.url));
const nodeIcal = require('node-ical');
const script = fileURLToPath(new URL('read_calendar.py', import.meta.url));

export const ICAL = (await import(require.resolve('ical.js'))).default;

const stamp = (date) => date.toISOString().replaceAll(/[-:]|\.000/g, '');

/** Of each event or to-do: [uid, summary, start, description]. */
export const READERS = {
	'ical.js': (text, kind = 'VEVENT') =>
		new ICAL.Component(ICAL.parse(text)).getAllSubcomponents(kind.toLowerCase()).map((one) => [
			one.getFirstPropertyValue('uid'), one.getFirstPropertyValue('summary'),
			one.getFirstPropertyValue('dtstart')?.toICALString() ?? null,
			one.getFirstPropertyValue('description') ?? null]),
	'node-ical': (text, kind = 'VEVENT') =>
		Object.values(nodeIcal.sync.parseICS(text)).filter(({ type }) => type === kind).map((one) => [
			one.uid, one.summary, one.start ? stamp(one.start)
				.slice(0, one.datetype === 'date' ? 8 : undefined) : null, one.description ?? null]),
	'python3-icalendar': (text) =>
		JSON.parse(execFileSync('/usr/bin/python3', [script], { input: text })).events.map((one) => [
			one.uid, one.summary, one.start, one.description]),
};
