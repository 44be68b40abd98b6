import { type CompiledResource, type CompiledResources, idsOfType } from './compiled-template.ts';

/** Parameters by which the doctor finds what a stage is made of: where the API is, and every secret whose value a person must set. */
export function ownParameters(resources: CompiledResources, stage: string): Record<string, CompiledResource> {
	const parameter = (name: string, type: string, value: unknown) => ({
		Type: 'AWS::SSM::Parameter',
		Properties: { Name: `/${stage}/v1/task-api/${name}`, Type: type, Value: value },
	});
	const secrets = idsOfType(resources, 'AWS::SecretsManager::Secret').map((id) => ({ Ref: id }));
	return {
		UrlParameter: parameter('url', 'String', { 'Fn::GetAtt': ['HttpApi', 'ApiEndpoint'] }),
		SecretsParameter: parameter('secrets', 'StringList', { 'Fn::Join': [',', secrets] }),
	};
}
