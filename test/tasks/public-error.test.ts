import { test } from 'tap';
import { type ExecutionFailure, publicError } from '../../src/tasks/public-error.ts';
import { isRedrivable } from '../../src/tasks/redrive-task.ts';

const DECLARED = { ValidationError: {}, ApprovalRejected: {} };

/** The cause of a failed step, as Lambda reports it. */
const stepCause = (errorType: string, errorMessage: string) =>
	JSON.stringify({ errorType, errorMessage, trace: ['at /var/task/index.js:1'] });

test('a declared error keeps the message of its step or of its Fail state', async (t) => {
	const read = (cause: string) => publicError({ error: 'ValidationError', cause }, DECLARED);
	t.strictSame(read(stepCause('ValidationError', 'Empty.')), { code: 'ValidationError', message: 'Empty.' });
	t.strictSame(read('Empty.'), { code: 'ValidationError', message: 'Empty.' });
	const final = JSON.stringify({ final: true, cause: stepCause('ValidationError', 'Empty.') });
	t.strictSame(read(final), { code: 'ValidationError', message: 'Empty.', isFinal: true });
});

test('every other error is a fixed text', async (t) => {
	const leaks: readonly ExecutionFailure[] = [
		{
			error: 'Error',
			cause: stepCause('Error', 'getaddrinfo ENOTFOUND vpce-1.s3.eu-west-1.vpce.amazonaws.com'),
		},
		{
			error: 'TypeError',
			cause: stepCause('TypeError', "Cannot read properties of undefined (reading 'x')"),
		},
		{ error: 'TimeoutError', cause: stepCause('TimeoutError', '@smithy/node-http-handler at 10.0.0.1') },
		{ error: 'SNS.AuthorizationErrorException', cause: 'User arn:aws:sts::1:x is not authorized' },
		{ error: 'Lambda.Unknown', cause: 'The cause could not be determined at 10.0.0.1' },
		{ error: 'constructor', cause: 'inherited' },
		{ status: 'ABORTED', error: 'Operator', cause: 'see arn:aws:states' },
		{ status: 'TIMED_OUT', error: 'States.Timeout', cause: 'arn:aws' },
	];
	for (const leak of leaks) {
		const { code, message } = publicError(leak, DECLARED);
		t.notMatch(message, /arn:|ENOTFOUND|10\.0|reading|inherited/);
		t.notMatch(code, /Exception|TypeError|constructor|Operator/);
	}
});

test('a failure in a Fail state is not redrivable', async (t) => {
	const failed = (cause: string) => ({
		status: 'FAILED' as const,
		error: publicError({ error: 'ValidationError', cause }, DECLARED),
	});
	t.equal(isRedrivable(failed('{"final":true}')), false);
	t.equal(isRedrivable(failed(stepCause('ValidationError', 'Empty.'))), true);
	t.equal(isRedrivable({ status: 'ABORTED' }), true);
	t.equal(isRedrivable({ status: 'SUCCEEDED' }), false);
});
