import { parsePartnerTokens } from '../partners/partner-tokens.ts';

/** The parameters of a stage that the partner resources depend on. */
export interface PartnerSettings {
	readonly stage: string;
	/** The value of the tokens' secret; empty: CloudFormation generates it. */
	readonly partnerTokens: string;
	/** The base URL of each partner by parameter name: a URL, or an expression of the template. */
	readonly urls: Readonly<Record<string, unknown>>;
}

/** The public token of the laptop. */
const SAMPLE_TOKEN = 'local-partner-token';

/** Prod calls real partners. Every other stage has a function with fake ones. */
export function hasPartnerApis(stage: string): boolean {
	return stage !== 'prod';
}

const PARTNERS = ['inventory', 'validation', 'deployment', 'notification'] as const;

/**
 * The base URL of each partner: its parameter or, on a stage other than prod, the stage's fake partners. A step that needs
 * a partner without a URL fails and names the missing variable.
 */
export function partnerUrls({
	stage,
	urls,
}: Pick<PartnerSettings, 'stage' | 'urls'>): Record<string, unknown> {
	return Object.fromEntries(
		PARTNERS.map((partner) => {
			const given = urls[`${partner}Url`];
			const own = { 'Fn::Sub': `\${HttpApi.ApiEndpoint}/partners/${partner}` };
			return [partner, given === '' && hasPartnerApis(stage) ? own : given];
		}),
	);
}

/** The function with the fake partners. It checks its own tokens, so its route has no authorizer. */
export function partnerFunctions(stage: string): Record<string, object> {
	if (!hasPartnerApis(stage)) return {};
	return {
		partnerApis: {
			handler: '.build/partner-apis/index.handler',
			package: { patterns: ['.build/partner-apis/**'] },
			role: 'PartnerApisRole',
			timeout: 10,
			environment: { PARTNER_TOKENS_SECRET_ARN: { Ref: 'PartnerTokensSecret' } },
			events: [{ httpApi: { method: '*', path: '/partners/{path+}' } }],
		},
	};
}

/**
 * The secret with the tokens of the partners. CloudFormation generates it if the parameter is empty, which is enough for a
 * stage with fake partners.
 * @throws Error if the tokens are malformed or public, or if a URL is not HTTPS.
 */
export function partnerResources({ stage, partnerTokens, urls }: PartnerSettings): Record<string, object> {
	checkTokens(stage, partnerTokens);
	for (const [parameter, url] of Object.entries(urls)) checkUrl(parameter, url);
	return {
		PartnerTokensSecret: {
			Type: 'AWS::SecretsManager::Secret',
			Properties: {
				Description:
					'Tokens of the partners: {"current": "...", "previous": "..."}; previous only during a rotation.',
				...(partnerTokens === '' ? GENERATED : { SecretString: partnerTokens }),
			},
		},
	};
}

const GENERATED = {
	GenerateSecretString: {
		SecretStringTemplate: '{}',
		GenerateStringKey: 'current',
		PasswordLength: 48,
		ExcludePunctuation: true,
	},
} as const;

function checkTokens(stage: string, partnerTokens: string): void {
	if (partnerTokens === '') return;
	if (stage !== 'local' && partnerTokens.includes(SAMPLE_TOKEN))
		throw new Error(
			`The parameter partnerTokens contains the public sample token. Give the stage ${stage} its own tokens, or omit the parameter.`,
		);
	try {
		parsePartnerTokens(partnerTokens);
	} catch (cause) {
		throw new Error(
			'The parameter partnerTokens must be {"current": "...", "previous": "..."} with at least 16 characters each; previous is optional.',
			{ cause },
		);
	}
}

/** Tokens are sent only over HTTPS. Paths are appended to the URL, so it must not end with a slash. */
function checkUrl(parameter: string, url: unknown): void {
	if (typeof url !== 'string' || url === '' || /^https:\/\/[^\s?#]*[^\s?#/]$/.test(url)) return;
	throw new Error(`The parameter ${parameter} must begin with https:// and must not end with a slash.`);
}
