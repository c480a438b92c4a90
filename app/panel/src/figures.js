// figures.js: a number of the overview as people read it. The end of its name says what it counts.
import { sized } from './types.jsx';

const plain = (value, locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(value);

const UNITS = [
	[/_bytes$/, sized],
	[/_us$/, (value, locale) => `${plain(value / 1000, locale)} ms`],
	[/_ms$/, (value, locale) => `${plain(value, locale)} ms`],
	[/_s$/, (value, locale) => `${plain(value, locale)} s`],
];

export function figure(name, value, locale) {
	const [, write] = UNITS.find(([end]) => end.test(name)) ?? [null, plain];

	return write(value, locale);
}
