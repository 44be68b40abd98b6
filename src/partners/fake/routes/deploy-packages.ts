import { PackageDeployment } from '../../deployment.ts';
import { PackageRelease } from '../../release.ts';
import { IdempotencyHeaders, idFrom } from '../idempotency.ts';
import type { PartnerApp } from '../typed-app.ts';

export function registerDeployPackages(app: PartnerApp): void {
	app.route({
		method: 'POST',
		url: '/deployments',
		schema: { headers: IdempotencyHeaders, body: PackageRelease, response: { 200: PackageDeployment } },
		handler: async ({ headers, body }) => ({
			deployment_id: idFrom('DEP', headers['idempotency-key']),
			environment: body.environment,
			deployed: body.package_ids,
		}),
	});
}
