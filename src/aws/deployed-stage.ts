import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** Reads a deployed stage with the credentials of the environment. Every method rejects with the SDK's error. */
export interface DeployedStage {
	/** Returns the ARN of the identity that the credentials belong to. */
	callerArn(): Promise<string>;
	/** Returns the values of the parameters that exist; at most ten names. */
	parameters(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
	secret(arn: string): Promise<string>;
}

/** Creates the reader of a stage in a region. */
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
