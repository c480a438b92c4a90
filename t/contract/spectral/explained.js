// A rule of spectral.yaml: a property has words or an example of its own, or is a list of
// things that have.
export default function explained(property) {
	if (property?.description || property?.examples || property?.items?.properties || property?.properties || property?.$ref)
		return [];
	return [{ message: 'it has neither a description nor an example' }];
}
