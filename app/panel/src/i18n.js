// i18n.js: what is said in which language. Words of entities, columns and values are looked up in the catalogues of
// words/; a name that they do not have is made readable, so that what the server has anew can be used at once.
import polyglotI18nProvider from 'ra-i18n-polyglot';

import { speak } from './call.js';
import de from './words/de.js';
import en from './words/en.js';

const catalogues = { en, de };
const locales = [
	{ locale: 'en', name: 'English' },
	{ locale: 'de', name: 'Deutsch' },
];
const OPERATOR = /^(.*)__([a-z]+)$/;

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const readable = (name) => capital(name.replace(/(.)_(id|bytes|us|ms|s)$/, '$1').replace(/[_-]+/g, ' '));
const singular = (name) => name.replace(/ies$/, 'y').replace(/s$/, '');

function entityWord(words, name, count) {
	const known = words.entities[name];

	return known ? known[count === 1 ? 0 : 1] : readable(count === 1 ? singular(name) : name);
}

/** "Created from" of `created_at__gte`. */
function columnWord(words, entity, name) {
	const [, column, operator] = OPERATOR.exec(name) ?? [];

	if (operator)
		return `${columnWord(words, entity, column)} ${words.operators[operator] ?? readable(operator)}`;
	return words.columns[`${entity}.${name}`] ?? words.columns[name] ?? readable(name);
}

/** Keys of react-admin for what the schema names, and those of ours beside them. */
const NAMED = [
	[
		/^resources\.([^.]+)\.name$/,
		(words, options, entity) => entityWord(words, entity, options?.smart_count ?? 2),
	],
	[/^resources\.([^.]+)\.fields\.(.+)$/, (words, options, entity, name) => columnWord(words, entity, name)],
	[
		/^values\.([^.]+)\.(.+)$/,
		(words, options, column, value) =>
			words.values[`${column}.${value}`] ?? words.values[value] ?? readable(value),
	],
	[/^actions\.(.+)$/, (words, options, name) => words.actions[name] ?? readable(name)],
	[/^figures\.(.+)$/, (words, options, name) => words.figures[name] ?? readable(name)],
];

function named(words, key, options) {
	for (const [pattern, word] of NAMED) {
		const found = pattern.exec(key);

		if (found)
			return word(words, options, ...found.slice(1));
	}
	return undefined;
}

const preferred = navigator.languages
	.map((language) => language.slice(0, 2))
	.find((language) => catalogues[language]);

export function i18nProvider(stored) {
	const initial = catalogues[stored] ? stored : (preferred ?? 'en');
	const polyglot = polyglotI18nProvider((locale) => catalogues[locale].messages, initial, locales, {
		allowMissing: true,
	});
	const speaking = (locale) => {
		speak(locale);
		document.documentElement.lang = locale;
	};

	speaking(initial);
	return {
		...polyglot,
		translate: (key, options) =>
			named(catalogues[polyglot.getLocale()], String(key), options) ??
			polyglot.translate(key, options),
		changeLocale: (locale) => {
			speaking(locale);
			return polyglot.changeLocale(locale);
		},
	};
}
