// A rule of spectral.yaml: a property has words of its own, or is another schema alone.
export default function explained(property) {
	if (property?.description || property?.$ref)
		return [];
	return [{ message: 'it has no description' }];
}
