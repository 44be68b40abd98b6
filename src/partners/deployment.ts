import * as Type from 'typebox';
import type { CallOptions, PartnerClient } from './partner-client.ts';
import { PackageId, type PackageRelease, ReleaseEnvironment } from './release.ts';

/** All packages are deployed once this is answered. */
export const PackageDeployment = Type.Object({
	deployment_id: Type.String({ minLength: 1 }),
	environment: ReleaseEnvironment,
	deployed: Type.Array(PackageId),
});

/** The deployment partner: brings packages to an environment. */
export function createDeployment(client: PartnerClient) {
	return {
		deployPackages: (request: PackageRelease, options: CallOptions) =>
			client.call('/deployments', request, PackageDeployment, options),
	};
}
