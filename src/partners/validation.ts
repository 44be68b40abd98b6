import * as Type from 'typebox';
import type { CallOptions, PartnerClient } from './partner-client.ts';
import { PackageId, type PackageRelease } from './release.ts';

/** `valid` exactly where there is no problem. */
export const PackageValidation = Type.Object({
	validation_id: Type.String({ minLength: 1 }),
	valid: Type.Boolean(),
	problems: Type.Array(Type.Object({ package_id: PackageId, message: Type.String() })),
});

/** The validation partner: whether packages may go where they are to go. */
export function createValidation(client: PartnerClient) {
	return {
		/** Packages that may not go are an answer, not an error. */
		validatePackages: (request: PackageRelease, options: CallOptions) =>
			client.call('/packages', request, PackageValidation, options),
	};
}
