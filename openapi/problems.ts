import {
	fastApiBody,
	ProblemError,
	problemBody,
	type ValidationFault,
} from '../src/http/problems/problem.ts';
import { PROBLEMS, type ProblemCode } from '../src/http/problems/problem-catalogue.ts';
import {
	type ApiDocument,
	type Header,
	type Reference,
	type Response,
	withOperations,
	withResponses,
} from './api-document.ts';

/** Response headers that are specific to a problem. */
const HEADERS: Readonly<Partial<Record<ProblemCode, Readonly<Record<string, Header>>>>> = {
	unauthorized: {
		'www-authenticate': {
			schema: { type: 'string', examples: ['Bearer'] },
			description: 'Authentication scheme: a bearer token.',
		},
	},
	'unsupported-media-type': {
		'accept-encoding': {
			schema: { type: 'string', examples: ['gzip, deflate'] },
			description: 'Supported content codings. Present if the content coding was unsupported.',
		},
	},
	unavailable: {
		'retry-after': {
			schema: { type: 'integer', minimum: 1, examples: [1] },
			description: 'Seconds to wait before retrying the request.',
		},
	},
};

const FAULTS: readonly ValidationFault[] = [
	{ loc: ['body', 'data', 'name'], msg: 'Field required', type: 'missing' },
];

const CODES = Object.keys(PROBLEMS).filter((code): code is ProblemCode => code in PROBLEMS);

/** Moves each problem response to `components/responses`, with its headers and an example. */
export function withProblems(document: ApiDocument): ApiDocument {
	const responses: Record<string, Response> = {};
	const changed = withOperations(document, (operation) =>
		withResponses(operation, (response, status): Response | Reference => {
			const codes = CODES.filter(
				(code) => String(PROBLEMS[code].status) === status && response.description.includes(`\`${code}\``),
			);
			if (codes.length === 0) return response;
			const name = codes.map(pascal).join('Or');
			responses[name] = problemResponse(response, codes);
			return { $ref: `#/components/responses/${name}` };
		}),
	);
	return { ...changed, components: { ...changed.components, responses } };
}

function problemResponse(response: Response, codes: readonly ProblemCode[]): Response {
	const headers: Record<string, Header> = Object.assign({}, ...codes.map((code) => HEADERS[code]));
	const content = Object.entries(response.content ?? {}).map(([mediaType, media]) => [
		mediaType,
		{ ...media, examples: problemExamples(codes, mediaType) },
	]);
	return {
		description: response.description,
		...(Object.keys(headers).length === 0 ? {} : { headers }),
		content: Object.fromEntries(content),
	};
}

function problemExamples(codes: readonly ProblemCode[], mediaType: string): object {
	return Object.fromEntries(
		codes.map((code) => {
			const problem = new ProblemError(
				code,
				`${PROBLEMS[code].title}.`,
				code === 'validation' ? { faults: FAULTS } : {},
			);
			const value =
				mediaType === 'application/json' ? fastApiBody(problem) : problemBody(problem, '/v1/tasks');
			return [code, { summary: PROBLEMS[code].title, value }];
		}),
	);
}

/** `not-found` -> `NotFound`. */
function pascal(code: string): string {
	return code.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
}
