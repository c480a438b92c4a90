// A rule of spectral.yaml: no schema has what generators of clients do not take.
function faults(value, path) {
	if (value === null || typeof value !== 'object')
		return [];
	const types = Array.isArray(value.type) ? value.type.filter((type) => type !== 'null') : [];
	const found = [
		...value.not !== undefined && typeof value.not === 'object' ? ['it has "not"'] : [],
		...types.length > 1 ? [`it is ${types.join(' or ')}: say oneOf`] : [],
	].map((message) => ({ message: `${path.join('.')}: ${message}`, path }));

	return [...found, ...Object.entries(value).filter(([name]) => name !== 'examples')
		.flatMap(([name, inner]) => faults(inner, [...path, name]))];
}

export default function generatable(schemas, options, context) {
	return faults(schemas, [...context.path]);
}
