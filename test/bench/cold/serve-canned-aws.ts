import { createCannedAws } from '../../../src/deploy/code-cache/canned-aws.ts';

const server = createCannedAws().listen(0, '127.0.0.1', () => {
	const address = server.address();
	if (typeof address === 'object') process.send?.(address?.port);
});
