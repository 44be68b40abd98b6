import { type CompiledResource, type CompiledResources, idsOfType } from './compiled-template.ts';

/** The name of an SSM parameter by which the doctor finds the parts of a stage. */
export function stageParameterName(stage: string, part: 'url' | 'secrets'): string {
	return `/${stage}/v1/task-api/${part}`;
}

/** SSM parameters with the URL of the API and the ARNs of all secrets whose values an operator sets. */
export function createStageParameters(
	resources: CompiledResources,
	stage: string,
): Record<string, CompiledResource> {
	const parameter = (part: 'url' | 'secrets', type: string, value: unknown) => ({
		Type: 'AWS::SSM::Parameter',
		Properties: { Name: stageParameterName(stage, part), Type: type, Value: value },
	});
	const secrets = idsOfType(resources, 'AWS::SecretsManager::Secret').map((id) => ({ Ref: id }));
	return {
		UrlParameter: parameter('url', 'String', { 'Fn::GetAtt': ['HttpApi', 'ApiEndpoint'] }),
		SecretsParameter: parameter('secrets', 'StringList', { 'Fn::Join': [',', secrets] }),
	};
}
