import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Response {
	readonly content?: Readonly<Record<string, object>>;
}

interface Operation {
	readonly responses: Readonly<Record<string, Response | { readonly $ref: string }>>;
}

const document: {
	paths: Record<string, Record<string, Operation>>;
	components: { responses: Record<string, Response> };
} = JSON.parse(readFileSync(new URL('../../openapi/openapi.json', import.meta.url), 'utf8'));

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'openapi', ...document });

/** A response of the API, from `inject` or over HTTP. */
export interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, unknown>>;
	readonly body: unknown;
}

/** Lists the differences between a response and the committed OpenAPI document; empty if it conforms. */
export function contractFaults(method: string, path: string, answer: Answer): string[] {
	// A literal path wins over one with parameters.
	const [template, item] =
		Object.entries(document.paths)
			.filter(([known]) => matches(known, path))
			.toSorted(([left], [right]) => left.split('{').length - right.split('{').length)
			.at(0) ?? [];
	const operation = item?.[method.toLowerCase()];
	if (template === undefined || operation === undefined)
		return answer.status === 404 || answer.status === 405 ? [] : [`${method} ${path} is not documented`];
	const { status, headers, body } = answer;
	const documented = operation.responses[status];
	if (documented === undefined) return [`${method} ${template} does not document ${status}`];
	const [, shared = ''] = '$ref' in documented ? documented.$ref.split('#/components/responses/') : [];
	const response = '$ref' in documented ? document.components.responses[shared] : documented;
	if (response?.content === undefined)
		return body === '' ? [] : [`${method} ${template} ${status} documents no body`];
	const mediaType = String(headers['content-type'] ?? '').split(';', 1)[0] ?? '';
	if (response?.content?.[mediaType] === undefined)
		return [`${method} ${template} ${status} does not document ${mediaType}`];
	const place =
		'$ref' in documented
			? ['components', 'responses', shared]
			: ['paths', template, method.toLowerCase(), 'responses', String(status)];
	const pointer = [...place, 'content', mediaType, 'schema'];
	const validate = ajv.getSchema(
		`openapi#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`,
	);
	if (validate === undefined) return [`${method} ${template} ${status} has no schema`];
	if (validate(body) === true) return [];
	return (validate.errors ?? []).map(
		({ instancePath, message }) => `${method} ${template} ${status}${instancePath} ${message}`,
	);
}

function matches(template: string, path: string): boolean {
	const pattern = template.replaceAll(/[.]/g, '\\.').replaceAll(/\{[^}]+\}/g, '[^/]*');
	return new RegExp(`^${pattern}$`).test(path.split('?', 1)[0] ?? '');
}
