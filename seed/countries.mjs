// countries.mjs: seed/countries.sql out of the CLDR (npm's cldr-core), for the currency and the first day of
// the week of a new residence:
//
//     node seed/countries.mjs node_modules/cldr-core > seed/countries.sql
//
// The countries are those of ISO 3166-1: the codes of two letters where something is paid with today, and
// Antarctica, without those that only the CLDR has.
import { readFileSync } from 'node:fs';

const [, , cldr] = process.argv;
const supplemental = (name) =>
	JSON.parse(readFileSync(`${cldr}/supplemental/${name}.json`, 'utf8')).supplemental;

const { firstDay } = supplemental('weekData').weekData;
const currencies = supplemental('currencyData').currencyData.region;
const NOT_ISO = ['AC', 'CP', 'CQ', 'DG', 'EA', 'EU', 'EZ', 'IC', 'QO', 'QU', 'TA', 'UN', 'XK', 'ZZ'];

/** What is paid with there today: the first that has begun and not ended, and is no unit of account. */
function currencyOf(code) {
	const today = new Date().toISOString().slice(0, 10);
	const found = (currencies[code] ?? []).map((entry) => Object.entries(entry)[0])
		.find(([, e]) => e._tender !== 'false' && (e._from ?? '') <= today && (e._to ?? '9999') > today);

	return found?.[0];
}

const codes = Object.keys(currencies).filter((code) =>
	/^[A-Z]{2}$/.test(code) && !NOT_ISO.includes(code) && (currencyOf(code) || code === 'AQ')).sort();
const rows = codes.map((code) => [code, currencyOf(code), firstDay[code] ?? firstDay['001']]);
const text = (value) => (value === undefined ? 'NULL' : `'${value}'`);

process.stdout.write(`-- Countries of ISO 3166-1: what is paid with there (ISO 4217), and with which day a week
-- begins. Written by seed/countries.mjs from the CLDR; running this again brings them up to date.

INSERT INTO countries (code, currency, first_weekday) VALUES
${rows.map((row) => `	(${row.map(text).join(', ')})`).join(',\n')}
ON CONFLICT (code) DO UPDATE SET currency = excluded.currency, first_weekday = excluded.first_weekday;
`);
