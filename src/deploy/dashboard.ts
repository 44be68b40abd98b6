import { type CompiledResource, type CompiledResources, idsOfType } from './compiled-template.ts';

/** One page: what rings now, and the graph of each alarm with its threshold. */
export function dashboard(resources: CompiledResources): CompiledResource {
	const arns = idsOfType(resources, 'AWS::CloudWatch::Alarm').map((id) => ({ id, arn: `\${${id}.Arn}` }));
	const widgets = [
		{
			type: 'alarm',
			width: 24,
			height: 4,
			properties: { title: 'What rings', alarms: arns.map(({ arn }) => arn) },
		},
		...arns.map(({ id, arn }) => ({
			type: 'metric',
			width: 6,
			height: 5,
			properties: {
				title: id.replace(/Alarm$/, ''),
				region: '${AWS::Region}',
				annotations: { alarms: [arn] },
			},
		})),
	];
	return {
		Type: 'AWS::CloudWatch::Dashboard',
		Properties: { DashboardBody: { 'Fn::Sub': JSON.stringify({ widgets }) } },
	};
}
