// A rule of spectral.yaml: what an operation takes and answers has an example, unless it is bytes.
const isBytes = ({ schema }, type) => schema?.format === 'binary' || type === 'multipart/form-data';
const without = (content) => Object.entries(content ?? {})
	.filter(([type, media]) => !isBytes(media, type) && media.example === undefined && media.examples === undefined)
	.map(([type]) => type);

export default function exemplified(operation) {
	const answers = Object.entries(operation?.responses ?? {})
		.flatMap(([status, response]) => without(response.content).map((type) => `the answer ${status}, ${type}`));
	const missing = [...without(operation?.requestBody?.content).map((type) => `the body, ${type}`), ...answers];

	return missing.map((what) => ({ message: `no example of ${what}` }));
}
