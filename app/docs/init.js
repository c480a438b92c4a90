// init.js: shows /api/openapi.json. Nothing is asked of any other host, and a token that is
// typed in is gone with the page.
SwaggerUIBundle({
	dom_id: '#page',
	url: '/api/openapi.json',
	deepLinking: true,
	docExpansion: 'list',
	persistAuthorization: false,
	validatorUrl: null,
});
