// A rule of spectral.yaml: an object of an id and a name alone is the schema Person.
const isPerson = ({ properties = {} }) => Object.keys(properties).sort().join() === 'id,name';

function copies(value, path) {
	if (value === null || typeof value !== 'object')
		return [];
	const here = isPerson(value) && path.at(-1) !== 'Person' ? [{ message: 'refer to Person', path }] : [];

	return [...here, ...Object.entries(value).flatMap(([name, inner]) => copies(inner, [...path, name]))];
}

export default function shared(schemas, options, context) {
	return copies(schemas, [...context.path]);
}
