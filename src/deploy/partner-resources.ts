import { parsePartnerTokens } from '../partners/partner-tokens.ts';

/** The stage's parameters that the partner APIs depend on. */
export interface PartnerSettings {
	readonly stage: string;
	/** The text of the tokens' secret; empty where the stage is to make one up. */
	readonly partnerTokens: string;
	/** Where the partners are, by parameter: what was given, or the template's own expression. */
	readonly urls: Readonly<Record<string, unknown>>;
}

/** The tokens that everybody can read in serverless.yml. */
const SAMPLE = 'local-partner-token';

/** Prod calls real partners; every other stage brings its own partner APIs. */
export function hasPartnerApis(stage: string): boolean {
	return stage !== 'prod';
}

const PARTNERS = ['inventory', 'validation', 'deployment', 'notification'] as const;

/**
 * Where each partner is: as its parameter says or, on a stage that has them, at the stage's own partner APIs. Prod has none:
 * until it is told where its partners are, the steps that need them fail and name what is missing.
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

/** The function of the stage's own partner APIs. They check their own tokens, so no authorizer stands before them. */
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
 * The secret that holds the tokens. Without a parameter CloudFormation makes up a token that nobody ever sees, which is
 * all that a stage with its own partner APIs needs. Throws where the parameters would send tokens to where they must not go.
 */
export function partnerResources({ stage, partnerTokens, urls }: PartnerSettings): Record<string, object> {
	checkTokens(stage, partnerTokens);
	for (const [parameter, url] of Object.entries(urls)) checkUrl(parameter, url);
	return {
		PartnerTokensSecret: {
			Type: 'AWS::SecretsManager::Secret',
			Properties: {
				Description:
					'The tokens of the partner APIs: {"current": "...", "previous": "..."}, the latter during a rotation.',
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
	if (stage !== 'local' && partnerTokens.includes(SAMPLE))
		throw new Error(
			`The parameter partnerTokens is the sample, which the stage ${stage} does not take: give tokens of its own, or leave it out.`,
		);
	try {
		parsePartnerTokens(partnerTokens);
	} catch (cause) {
		throw new Error(
			'The parameter partnerTokens is {"current": "...", "previous": "..."}, each of 16 characters or more; previous may be left out.',
			{ cause },
		);
	}
}

/** Tokens travel encrypted, and paths are appended as they are. */
function checkUrl(parameter: string, url: unknown): void {
	if (typeof url !== 'string' || url === '' || /^https:\/\/[^\s?#]*[^\s?#/]$/.test(url)) return;
	throw new Error(`The parameter ${parameter} begins with https:// and does not end with a slash.`);
}
