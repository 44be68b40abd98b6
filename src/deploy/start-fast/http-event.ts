/** What API Gateway hands to a function, in payload version 2.0. */
export function httpEvent(method: string, path: string, body?: string) {
	return {
		version: '2.0',
		routeKey: '$default',
		rawPath: path,
		rawQueryString: '',
		headers: {
			accept: '*/*',
			'content-length': String(body?.length ?? 0),
			...(body === undefined ? {} : { 'content-type': 'application/json' }),
			host: 'abc.execute-api.us-east-1.amazonaws.com',
			'user-agent': 'curl/8.5.0',
			'x-forwarded-for': '192.0.2.1',
			'x-forwarded-port': '443',
			'x-forwarded-proto': 'https',
		},
		requestContext: {
			accountId: '000000000000',
			apiId: 'abc',
			domainName: 'abc.execute-api.us-east-1.amazonaws.com',
			domainPrefix: 'abc',
			http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'curl/8.5.0' },
			requestId: 'request-1',
			routeKey: '$default',
			stage: '$default',
			time: '01/Jan/2026:00:00:00 +0000',
			timeEpoch: 1_767_225_600_000,
		},
		...(body === undefined ? {} : { body }),
		isBase64Encoded: false,
	};
}
