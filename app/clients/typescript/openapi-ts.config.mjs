// openapi-ts.config.mjs: how operations and types are generated from the API document (scripts/client).
export default {
	output: { path: 'src/generated', importFileExtension: '.js' },
	plugins: ['@hey-api/client-fetch', '@hey-api/sdk', '@hey-api/typescript'],
	logs: { level: 'silent', file: false },
};
