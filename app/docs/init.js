// init.js: shows the API document that the page names. Nothing is asked of any other host, and a token that is
// typed in is gone with the page.

const inside = (document, path) => path.reduce((value, name) => value?.[name], document);

/**
 * The value, with what its references lead to in their place. They stay in the document, and make
 * no circle. What is marked by $$ref takes the place of the reference; Swagger UI merges what is not
 * with the document, at each change of anything.
 */
function resolved(value, document) {
	if (typeof value !== 'object' || value === null)
		return value;
	if (Array.isArray(value))
		return value.map((item) => resolved(item, document));
	const { $ref, ...own } = value;
	const referred = $ref === undefined ? {}
		: { ...resolved(inside(document, $ref.slice(2).split('/')), document), $$ref: $ref };

	return { ...referred, ...Object.fromEntries(Object.entries(own)
		.map(([name, inner]) => [name, resolved(inner, document)])) };
}

function resolvedAt(path, document) {
	const found = resolved(inside(document, path), document);

	return path[0] === 'paths' ? { ...found, $$ref: path.join('/') } : found;
}

const quick = () => ({
	// A text becomes HTML once, and not again whenever a key is pressed.
	wrapComponents: {
		Markdown: (Original, { React }) => React.memo(Original, (before, now) => before.source === now.source),
	},
	// Swagger UI's own resolver reads all of the document for each operation that is opened: a second or two.
	statePlugins: { spec: { wrapActions: {
		requestResolvedSubtree: (original, { specActions, specSelectors }) => (path) =>
			specActions.updateResolvedSubtree(path, resolvedAt(path, specSelectors.specJS())),
	} } },
});

SwaggerUIBundle({
	dom_id: '#page',
	url: document.getElementById('page').dataset.document,
	deepLinking: true,
	docExpansion: 'none',
	defaultModelsExpandDepth: 0,
	tryItOutEnabled: true,
	syntaxHighlight: false,	// An answer as large as the document would stop the page for 15 s.
	persistAuthorization: false,
	validatorUrl: null,
	plugins: [quick],
});
