module.exports = {
	api: {
		input: process.env.OPENAPI_DOCUMENT,
		output: { target: 'generated/orval.ts', client: 'fetch', baseUrl: process.env.API_URL },
	},
};
