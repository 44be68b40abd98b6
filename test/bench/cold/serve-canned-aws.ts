import { createCannedAws } from '../../../src/deploy/code-cache/canned-aws.ts';

/** The latencies of the measurements in wall time. */
const latencies = { dynamodbMs: 0, snsMs: 0 };

const server = createCannedAws(latencies);
server.prependListener('request', ({ url }) => {
	if (url === '/latency/on') Object.assign(latencies, { dynamodbMs: 5, snsMs: 10 });
	if (url === '/latency/off') Object.assign(latencies, { dynamodbMs: 0, snsMs: 0 });
});
server.listen(0, '127.0.0.1', () => {
	const address = server.address();
	if (typeof address === 'object') process.send?.(address?.port);
});
