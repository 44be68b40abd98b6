module.exports = {
	api: {
		input: process.env.OPENAPI_DOCUMENT,
		output: {
			target: 'generated/orval.ts',
			client: 'fetch',
			// A literal in the bundle: the test sets it to the stack's URL.
			baseUrl: { runtime: 'process.env.API_URL' },
		},
	},
};
