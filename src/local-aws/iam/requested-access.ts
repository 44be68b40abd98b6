import type { IncomingMessage } from 'node:http';
import { addressedService, targetOf } from '../endpoint/addressed-service.ts';
import { isObject, type Json, type JsonObject, textOf } from '../json.ts';
import type { Access } from './policy.ts';

/** Begins the ARN of a resource of this service. */
type ArnOf = (service: string, resource: string) => string;

/** Returns the permissions that a request needs, all of them; `undefined` if the request cannot be read. */
export function requestedAccesses(
	request: IncomingMessage,
	body: string,
	place: { readonly region: string; readonly accountId: string },
): readonly Access[] | undefined {
	const operation = targetOf(request)?.operation ?? '';
	if (addressedService(request) === 'dynamodb' && operation.startsWith('Transact'))
		return transactionAccesses(body, place);
	if (addressedService(request) === 'scheduler') return scheduleAccesses(request, body, place);
	const access = requestedAccess(request, body, place);
	return access === undefined ? undefined : [access];
}

const SCHEDULER_VERBS: Readonly<Record<string, string>> = {
	POST: 'Create',
	PUT: 'Update',
	GET: 'Get',
	DELETE: 'Delete',
};

/** A schedule is passed a role, for which its caller needs a permission too. */
function scheduleAccesses(
	{ method = '', url = '/' }: IncomingMessage,
	body: string,
	{ region, accountId }: { readonly region: string; readonly accountId: string },
): readonly Access[] | undefined {
	const { pathname, searchParams } = new URL(url, 'http://scheduler');
	const [, kind = '', name = ''] = pathname.split('/').map(decodeURIComponent);
	const arnPrefix = `arn:aws:scheduler:${region}:${accountId}`;
	if (name === '')
		return [
			{ action: `scheduler:List${kind === 'schedules' ? 'Schedules' : 'ScheduleGroups'}`, resources: ['*'] },
		];
	const verb = SCHEDULER_VERBS[method];
	const input = parsed(body);
	if (verb === undefined || input === undefined) return undefined;
	if (kind !== 'schedules')
		return [{ action: `scheduler:${verb}ScheduleGroup`, resources: [`${arnPrefix}:schedule-group/${name}`] }];
	const group = input['GroupName'] ?? searchParams.get('groupName') ?? 'default';
	const role = isObject(input['Target']) ? input['Target']['RoleArn'] : undefined;
	return [
		{ action: `scheduler:${verb}Schedule`, resources: [`${arnPrefix}:schedule/${textOf(group)}/${name}`] },
		...(typeof role === 'string' ? [{ action: 'iam:PassRole', resources: [role] }] : []),
	];
}

/** DynamoDB checks each item of a transaction like the single-item operation. */
const TRANSACTION_ACTIONS: Readonly<Record<string, string>> = {
	Put: 'PutItem',
	Update: 'UpdateItem',
	Delete: 'DeleteItem',
	ConditionCheck: 'ConditionCheckItem',
	Get: 'GetItem',
};

function transactionAccesses(
	body: string,
	{ region, accountId }: { readonly region: string; readonly accountId: string },
): readonly Access[] | undefined {
	const items = parsed(body)?.['TransactItems'];
	if (!Array.isArray(items)) return undefined;
	return items.filter(isObject).flatMap((item) =>
		Object.entries(item).map(([kind, action]) => {
			const table = isObject(action) ? textOf(action['TableName']) : '';
			return {
				action: `dynamodb:${TRANSACTION_ACTIONS[kind] ?? kind}`,
				resources: [`arn:aws:dynamodb:${region}:${accountId}:table/${table}`],
			};
		}),
	);
}

function requestedAccess(
	request: IncomingMessage,
	body: string,
	{ region, accountId }: { readonly region: string; readonly accountId: string },
): Access | undefined {
	const service = addressedService(request) ?? '';
	const arnOf: ArnOf = (name, resource) => `arn:aws:${name}:${region}:${accountId}:${resource}`;
	if (service === 's3') return objectAccess(request);
	if (service === 'lambda') return functionAccess(request, arnOf);
	if (service === 'sns') return topicAccess(new URLSearchParams(body));
	const operation = targetOf(request)?.operation;
	const input = parsed(body);
	if (operation === undefined || input === undefined) return undefined;
	return {
		// A batch is allowed by the permission for one.
		action: `${service}:${service === 'sqs' ? operation.replace(/Batch$/, '') : operation}`,
		resources: RESOURCES[service]?.(input, arnOf) ?? [],
	};
}

/** Returns the resources that an operation names, by service. */
const RESOURCES: Readonly<Record<string, (input: JsonObject, arnOf: ArnOf) => string[]>> = {
	dynamodb({ TableName, IndexName, RequestItems }, arnOf) {
		const index = typeof IndexName === 'string' ? `/index/${IndexName}` : '';
		const batch = isObject(RequestItems) ? Object.keys(RequestItems) : [];
		return [...texts(TableName), ...batch].map((name) => arnOf('dynamodb', `table/${name}${index}`));
	},
	sqs: ({ QueueUrl }, arnOf) =>
		texts(QueueUrl).map((url) => arnOf('sqs', url.slice(url.lastIndexOf('/') + 1))),
	states: ({ stateMachineArn, executionArn }) => texts(stateMachineArn ?? executionArn),
	secretsmanager: ({ SecretId }, arnOf) =>
		texts(SecretId).map((id) => (id.startsWith('arn:') ? id : arnOf('secretsmanager', `secret:${id}`))),
	ssm: ({ Name, Names, Path }, arnOf) =>
		texts(Name ?? Names ?? Path).map((name) => arnOf('ssm', `parameter/${name.replace(/^\//, '')}`)),
	events: ({ Entries }, arnOf) =>
		[Entries ?? []].flat().map((entry) => {
			const bus = isObject(entry) ? entry['EventBusName'] : undefined;
			return arnOf('events', `event-bus/${typeof bus === 'string' ? bus : 'default'}`);
		}),
};

function topicAccess(input: URLSearchParams): Access {
	const topic = input.get('TopicArn') ?? input.get('TargetArn');
	return {
		action: `sns:${(input.get('Action') ?? '').replace(/Batch$/, '')}`,
		resources: topic === null ? [] : [topic],
	};
}

const OBJECT_ACTIONS: Readonly<Record<string, string>> = {
	GET: 's3:GetObject',
	HEAD: 's3:GetObject',
	PUT: 's3:PutObject',
	POST: 's3:PutObject',
	DELETE: 's3:DeleteObject',
};

function objectAccess({ method = '', url = '/' }: IncomingMessage): Access | undefined {
	const path = decodeURIComponent(new URL(url, 'http://s3').pathname).slice(1);
	const resources = [`arn:aws:s3:::${path.replace(/\/$/, '')}`];
	if (!path.includes('/') || path.endsWith('/')) return { action: 's3:ListBucket', resources };
	const action = OBJECT_ACTIONS[method];
	return action === undefined ? undefined : { action, resources };
}

function functionAccess({ url = '/' }: IncomingMessage, arnOf: ArnOf): Access {
	const name = decodeURIComponent(url.split('/')[3] ?? '');
	return {
		action: 'lambda:InvokeFunction',
		resources: [name.startsWith('arn:') ? name : arnOf('lambda', `function:${name}`)],
	};
}

function parsed(body: string): JsonObject | undefined {
	try {
		const value: Json = JSON.parse(body === '' ? '{}' : body);
		return isObject(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

function texts(value: Json | undefined): string[] {
	return [value ?? []].flat().filter((each) => typeof each === 'string');
}
