// init.js: shows /api/openapi.json. Nothing is asked of any other host, and a token that is
// typed in is gone with the page.

const inside = (document, path) => path.reduce((value, name) => value?.[name], document);

/** The value, with what its references lead to in their place. They stay in the document, and make no circle. */
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

// Swagger UI's own resolver reads all of the document for each operation that is opened, for a second or two,
// and writes all that was resolved before anew.
const resolver = () => ({
	wrapComponents: {
		Markdown: (Original, { React }) => React.memo(Original, (before, now) => before.source === now.source),
	},
	statePlugins: { spec: { wrapActions: {
		requestResolvedSubtree: (original, { specActions, specSelectors }) => (path) => {
			const document = specSelectors.specJS();

			return specActions.updateResolvedSubtree(path, { ...resolved(inside(document, path), document), ...(path[0] === 'paths' ? { $$ref: path.join('/') } : {}) });
		},
	} } },
});

SwaggerUIBundle({
	dom_id: '#page',
	url: '/api/openapi.json',
	deepLinking: true,
	docExpansion: 'none',
	defaultModelsExpandDepth: 0,
	tryItOutEnabled: true,
	syntaxHighlight: false,
	persistAuthorization: false,
	validatorUrl: null,
	plugins: [resolver],
});
