// values.mjs: values that a schema describes, and values that spoil them, for fast-check.
// Nothing here says what is valid: that is asked of the schema afterwards.
import fc from 'fast-check';

// What has broken servers before: spaces, NUL, half a pair, days that are none, huge, tiny.
const NASTY = ['', ' ', '\u0000', 'a\u0000b', '\ud800', '\u3000', '\u200b', '\ud83c\udfe1', 'e\u0301',
	"' OR 1=1 --", '%', '\\', 'null', 'true', '0', '-0', '-1', '1e3', '00.10', '100.01', '2026-02-30', '2024-02-29',
	'1899-12-31', '2201-01-01', '24:00', '7:30', 'ABC', 'x'.repeat(201), 'x'.repeat(12000), '\u00e9'.repeat(200),
	'a@b', '@', 'a@b@c', '\u00fc@x.y', 'America', 'Etc//UTC', 'Europe/Lisbon/',
	'0193A3C0-8A4E-7D26-9D1C-3F6B2A0C5E71', 'urn:uuid:0193a3c0-8a4e-7d26-9d1c-3f6b2a0c5e71', '../../etc/passwd',
	0, -1, 1, 0.001, 1.5, 1e21, 2 ** 53, -(2 ** 63), 1e-7, true, false, null, [], {}, [null], { id: {} }];

export const junk = fc.oneof(
	{ weight: 3, arbitrary: fc.constantFrom(...NASTY) },
	{ weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
	{ weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

const day = fc.date({ min: new Date('1900-01-01'), max: new Date('2200-12-31'), noInvalidDate: true })
	.map((date) => date.toISOString().slice(0, 10));

function text(schema) {
	const { minLength = 0, maxLength = 1000 } = schema;

	if (schema.enum)
		return fc.constantFrom(...schema.enum);
	if (schema.format === 'date')
		return day;
	if (schema.format === 'date-time')
		return fc.tuple(day, fc.constantFrom('T08:30:03Z', 't23:59:59.5+01:00', 'T00:00:00-11:30'))
			.map((parts) => parts.join(''));
	if (schema.format === 'uuid')
		return fc.uuid({ version: 7 });
	if (schema.pattern)
		return fc.stringMatching(new RegExp(schema.pattern, 'u'), { maxLength: Math.min(maxLength, 80) })
			.filter((s) => [...s].length >= minLength && [...s].length <= maxLength);
	return fc.string({ unit: 'grapheme-composite', minLength, maxLength: Math.min(maxLength, 120) });
}

const TYPES = {
	string: text,
	boolean: () => fc.boolean(),
	integer: ({ minimum = -10, maximum = 1000 }) => fc.integer({ min: minimum, max: maximum }),
	number: ({ minimum, maximum }) =>
		fc.integer({ min: minimum, max: Math.min(maximum, 1e9) * 10 }).map((n) => n / 10),
	array: ({ items, uniqueItems }) => (uniqueItems ? fc.uniqueArray : fc.array)(valueOf(items), { maxLength: 3 }),
	object: ({ properties = {}, required = [] }) => objectOf(properties, required, {}),
	null: () => fc.constant(null),
};

/** Values of a schema; of `known` when it has some, most of the time. */
export function valueOf(schema, known = []) {
	const made = schema.oneOf ? fc.oneof(...schema.oneOf.map((one) => valueOf(one)))
		: fc.oneof(...[schema.type].flat().map((type) => TYPES[type](schema)));
	const chosen = [...known, ...schema.examples ?? []];

	return chosen.length === 0 ? made
		: fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...chosen) }, { weight: 1, arbitrary: made });
}

/** Objects of these properties: required ones always, the others by chance. */
function objectOf(properties, required, known) {
	return fc.record(Object.fromEntries(Object.entries(properties)
		.map(([name, schema]) => [name, valueOf(schema, known[name])])), { requiredKeys: required });
}

function spoil(object, [name, value, drop]) {
	const { [name]: gone, ...rest } = object;

	return drop ? rest : { ...rest, [name]: value };
}

/** The same, half of them with a member or two spoilt, dropped or made up. */
export function maybeSpoilt({ properties = {}, required = [] }, known = {}) {
	const names = fc.constantFrom(...Object.keys(properties), 'unheard_of');
	const wounds = fc.array(fc.tuple(names, junk, fc.boolean()), { maxLength: 2 });

	return fc.tuple(objectOf(properties, required, known), fc.option(wounds, { nil: [], freq: 1 }))
		.map(([object, list]) => list.reduce(spoil, object));
}
