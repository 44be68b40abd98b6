import { test } from 'tap';
import { startStack } from '../../../src/local-aws/index.ts';
import { createMovableClock } from '../../support/movable-clock.ts';
import { pollUntil } from '../../support/poll.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

const role = (Resource: unknown) => ({
	Type: 'AWS::IAM::Role',
	Properties: {
		Policies: [{ PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource }] } }],
	},
});

const schedule = (Input: string, roleId: string) => ({
	Type: 'AWS::Scheduler::Schedule',
	Properties: {
		GroupName: { Ref: 'Group' },
		ScheduleExpression: 'rate(1 hour)',
		FlexibleTimeWindow: { Mode: 'OFF' },
		Target: {
			Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
			RoleArn: { 'Fn::GetAtt': [roleId, 'Arn'] },
			Input,
		},
	},
});

test('a schedule of the template fires with the permissions of its role only', async (t) => {
	const clock = createMovableClock();
	const { log, lines } = createRecordingLog();
	const stack = await startStack({
		clock,
		log,
		projectDir: t.testdir({}),
		template: {
			Resources: {
				Queue: { Type: 'AWS::SQS::Queue' },
				Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'stage' } },
				Role: role({ 'Fn::GetAtt': ['Queue', 'Arn'] }),
				OtherRole: role('arn:aws:sqs:us-east-1:000000000000:other'),
				Allowed: schedule('<aws.scheduler.schedule-arn>', 'Role'),
				Denied: schedule('denied', 'OtherRole'),
			},
			Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Allowed', 'Arn'] } } },
		},
	});
	t.teardown(() => stack.close());
	const bodies = () => stack.spy.messages().map(({ body }) => body);
	await pollUntil('the first time', () => (bodies().length > 0 ? true : undefined));
	clock.advance(3_600_000);
	await pollUntil('the second time', () => (bodies().length > 1 ? true : undefined));
	const arn = String(stack.outputs['Arn']);
	t.match(arn, /^arn:aws:scheduler:us-east-1:000000000000:schedule\/stage\/local-Allowed-/);
	t.strictSame(bodies(), [arn, arn]);
	const lost = lines.filter(({ message }) => message === 'EventBridge lost an event');
	t.match(lost, [{ level: 'error', error: { message: /may not sqs:SendMessage/ } }, {}]);
});
