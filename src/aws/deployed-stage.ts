import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** A stage as somebody with credentials sees it from outside. Every method rejects with the SDK's own error. */
export interface DeployedStage {
	/** The ARN of whoever the credentials are. */
	callerArn(): Promise<string>;
	/** The values of those parameters that are there; at most ten names. */
	parameters(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
	secret(arn: string): Promise<string>;
}

/** The stage in the region, by the credentials of the environment. */
export function createDeployedStage(region: string): DeployedStage {
	const settings = { region, maxAttempts: 3 };
	const sts = new STSClient(settings);
	const ssm = new SSMClient(settings);
	const secrets = new SecretsManagerClient(settings);
	return {
		async callerArn() {
			const { Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
			return Arn;
		},
		async parameters(names) {
			const { Parameters = [] } = await ssm.send(new GetParametersCommand({ Names: [...names] }));
			return new Map(Parameters.map(({ Name = '', Value = '' }) => [Name, Value]));
		},
		async secret(arn) {
			const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: arn }));
			return SecretString;
		},
	};
}
