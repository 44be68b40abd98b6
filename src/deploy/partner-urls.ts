import type { TemplateValue } from '../workflows/define-deployment.ts';

const PARTNERS = ['inventory', 'validation', 'deployment', 'notification'] as const;

export type Partner = (typeof PARTNERS)[number];

/** Where each partner is: as its parameter says or, but in prod, at the stage's own partner APIs. Throws where prod lacks one. */
export function partnerUrls(
	stage: string,
	parameters: Readonly<Record<Partner, string>>,
): Record<Partner, TemplateValue> {
	const missing = PARTNERS.filter((partner) => parameters[partner] === '');
	if (stage === 'prod' && missing.length > 0) {
		const given = missing.map((partner) => `--param="${partner}Url=https://..."`).join(' ');
		throw new Error(`prod has no partner APIs of its own. Give ${given}.`);
	}
	const own = { 'Fn::Sub': '${HttpApi.ApiEndpoint}/partners' };
	const urls = PARTNERS.map((partner) => [partner, parameters[partner] === '' ? own : parameters[partner]]);
	return Object.fromEntries(urls);
}

/** The stage's own partner APIs, in the form of `functions:` in serverless.yml; they check their callers themselves. */
export function partnerFunctions(stage: string): Record<string, object> {
	if (stage === 'prod') return {};
	return {
		partnerApis: {
			handler: '.build/partner-apis/index.handler',
			package: { patterns: ['.build/partner-apis/**'] },
			role: 'PartnerApisRole',
			timeout: 10,
			environment: { PARTNER_TOKEN_SECRET_ARN: { Ref: 'PartnerTokenSecret' } },
			events: [{ httpApi: { method: '*', path: '/partners/{path+}' } }],
		},
	};
}
