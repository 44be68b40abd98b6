import * as fc from 'fast-check';
import { test } from 'tap';
import { dependencyOrder } from '../../../src/local-aws/template/dependency-order.ts';
import { resolveTemplate } from '../../../src/local-aws/template/resolve-template.ts';

const OPTIONS = {
	region: 'eu-west-1',
	accountId: '123456789012',
	stackName: 'stack',
	awsEndpoint: 'http://aws',
	apiEndpoint: 'http://api',
	parameters: {},
};

/** Resolves one property in a template with a queue, a topic and these sections. */
function resolve(value: unknown, sections: object = {}, parameters: Record<string, string> = {}): unknown {
	const Resources = {
		Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'the-queue' } },
		Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'the-topic' } },
		It: { Type: 'AWS::SNS::Topic', Properties: { Value: value } },
	};
	const { resources } = resolveTemplate({ Resources, ...sections }, { ...OPTIONS, parameters });
	return resources.find(({ logicalId }) => logicalId === 'It')?.properties['Value'];
}

const QUEUE_ARN = 'arn:aws:sqs:eu-west-1:123456789012:the-queue';

test('intrinsic functions', async (t) => {
	const cases: [unknown, unknown][] = [
		[{ Ref: 'Queue' }, 'http://aws/123456789012/the-queue'],
		[{ Ref: 'Topic' }, 'arn:aws:sns:eu-west-1:123456789012:the-topic'],
		[{ Ref: 'AWS::Region' }, 'eu-west-1'],
		[{ 'Fn::GetAtt': ['Queue', 'Arn'] }, QUEUE_ARN],
		[{ 'Fn::GetAtt': 'Queue.Arn' }, QUEUE_ARN],
		[{ 'Fn::Sub': '${AWS::AccountId}/${Queue.Arn}/${!literal}' }, `123456789012/${QUEUE_ARN}/\${literal}`],
		[{ 'Fn::Sub': ['${own}-${AWS::StackName}', { own: { Ref: 'AWS::Partition' } }] }, 'aws-stack'],
		[{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }, 1]] }, 'a-eu-west-1-1'],
		[{ 'Fn::Select': [1, { 'Fn::Split': [',', 'a,b,c'] }] }, 'b'],
		[{ 'Fn::If': ['Yes', 'a', 'b'] }, 'a'],
		[{ 'Fn::If': ['No', 'a', 'b'] }, 'b'],
		[{ a: { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] }, b: [{ Ref: 'AWS::NoValue' }, 2] }, { b: [2] }],
		[{ 'Fn::FindInMap': ['Sizes', 'eu-west-1', 'memory'] }, 512],
		[{ 'Fn::Base64': 'abc' }, 'YWJj'],
		[{ 'Fn::ToJsonString': { a: { Ref: 'AWS::Region' } } }, '{"a":"eu-west-1"}'],
		[{ 'Fn::Length': [1, 2] }, 2],
		[{ Ref: 'Given' }, 'given'],
		[{ Ref: 'Defaulted' }, 'default'],
		['{{resolve:ssm:/a}}', '{{resolve:ssm:/a}}'],
	];
	const sections = {
		Parameters: { Given: { Type: 'String' }, Defaulted: { Type: 'String', Default: 'default' } },
		Mappings: { Sizes: { 'eu-west-1': { memory: 512 } } },
		Conditions: {
			Yes: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] },
			No: {
				'Fn::And': [
					{ Condition: 'Yes' },
					{ 'Fn::Not': [{ 'Fn::Or': [{ Condition: 'Yes' }, { 'Fn::Equals': [1, 2] }] }] },
				],
			},
		},
	};
	for (const [value, expected] of cases)
		t.strictSame(resolve(value, sections, { Given: 'given' }), expected, JSON.stringify(value));
});

test('an invalid reference is reported with its source and target', async (t) => {
	const cases: [unknown, RegExp, object?][] = [
		[{ Ref: 'Tbale' }, /^It refers to Tbale, which is neither a resource nor a parameter/],
		[{ 'Fn::Sub': 'a ${Tbale.Arn}' }, /^It refers to Tbale/],
		[
			{ 'Fn::GetAtt': ['Queue', 'Colour'] },
			/^It\.Properties\.Value wants Queue\.Colour, but Queue is AWS::SQS::Queue/,
		],
		[{ 'Fn::Cidr': [] }, /^It\.Properties\.Value uses Fn::Cidr, which local-aws does not support/],
		[{ 'Fn::ImportValue': 'x' }, /uses Fn::ImportValue/],
		[{ 'Fn::If': ['Maybe', 1, 2] }, /uses the condition Maybe, which is not there/],
		[{ 'Fn::Select': [5, ['a']] }, /finds no item 5/],
		[{ 'Fn::FindInMap': ['Sizes', 'a', 'b'] }, /finds nothing in the mapping Sizes under a, b/],
		[{ Ref: 'It' }, /^cycle: It -> It$/],
		[1, /^The parameter P has no value/, { Parameters: { P: { Type: 'String' } } }],
		[
			1,
			/^The parameter P may not be "c"/,
			{ Parameters: { P: { Type: 'String', Default: 'c', AllowedValues: ['a', 'b'] } } },
		],
	];
	for (const [value, message, sections] of cases)
		t.throws(() => resolve(value, sections), { name: 'TemplateError', message }, String(message));
	t.throws(() => resolveTemplate({ Resources: { A: {} } }, OPTIONS), { message: /\/Resources\/A/ });
});

test('a false condition omits resources and outputs; unknown types are named', async (t) => {
	const template = {
		Conditions: { No: { 'Fn::Equals': [1, 2] } },
		Resources: {
			Gone: { Type: 'AWS::SQS::Queue', Condition: 'No' },
			Odd: { Type: 'AWS::Odd::Thing', Properties: {} },
		},
		Outputs: { Gone: { Condition: 'No', Value: 1 }, There: { Value: { Ref: 'Odd' } } },
	};
	const { resources, outputs, unknown } = resolveTemplate(template, OPTIONS);
	t.strictSame(
		resources.map(({ logicalId }) => logicalId),
		['Odd'],
	);
	t.strictSame(outputs, { There: 'Odd' });
	t.strictSame(unknown, [{ logicalId: 'Odd', type: 'AWS::Odd::Thing' }]);
});

/** An acyclic graph: each node depends only on earlier ones. */
const acyclic = fc
	.integer({ min: 1, max: 12 })
	.chain((size) =>
		fc
			.tuple(
				...Array.from({ length: size }, (_, index) =>
					fc.subarray(Array.from({ length: index }, (_, earlier) => `n${earlier}`)),
				),
			)
			.map((lists) => new Map(lists.map((list, index) => [`n${index}`, list]))),
	);

test('the order respects every dependency', async () => {
	fc.assert(
		fc.property(acyclic, fc.infiniteStream(fc.nat()), (graph, keys) => {
			const shuffled = new Map(
				[...graph]
					.map((entry) => ({ entry, key: keys.next().value ?? 0 }))
					.toSorted((a, b) => a.key - b.key)
					.map(({ entry }) => entry),
			);
			const order = dependencyOrder(shuffled);
			return (
				order.length === graph.size &&
				[...graph].every(([name, needed]) =>
					needed.every((other) => order.indexOf(other) < order.indexOf(name)),
				)
			);
		}),
	);
});

test('every circular dependency is reported with its names', async () => {
	fc.assert(
		fc.property(acyclic, fc.nat(), (graph, pick) => {
			const names = [...graph.keys()];
			const from = names[pick % names.length] ?? 'n0';
			const closed = new Map(graph).set('n0', [...(graph.get('n0') ?? []), 'end']).set('end', [from]);
			const reaches = from === 'n0' || reach(graph, from).has('n0');
			try {
				dependencyOrder(closed);
				return !reaches;
			} catch (error) {
				return reaches && error instanceof Error && /^cycle: (\S+) -> .*\1$/.test(error.message);
			}
		}),
	);
});

function reach(graph: ReadonlyMap<string, readonly string[]>, from: string): Set<string> {
	const found = new Set([from]);
	for (const name of found) for (const next of graph.get(name) ?? []) found.add(next);
	return found;
}
