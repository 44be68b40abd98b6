import { PackageRelease } from '../../release.ts';
import { PackageValidation } from '../../validation.ts';
import { IdempotencyHeaders, idFrom } from '../idempotency.ts';
import type { PartnerApp } from '../typed-app.ts';

/** A package whose id begins like this is never valid. */
const INVALID = 'INVALID-';

export function registerValidatePackages(app: PartnerApp): void {
	app.route({
		method: 'POST',
		url: '/packages',
		schema: { headers: IdempotencyHeaders, body: PackageRelease, response: { 200: PackageValidation } },
		async handler({ headers, body }) {
			const invalid = body.package_ids.filter((id) => id.startsWith(INVALID));
			return {
				validation_id: idFrom('VAL', headers['idempotency-key']),
				valid: invalid.length === 0,
				problems: invalid.map((package_id) => ({ package_id, message: 'The package is not valid.' })),
			};
		},
	});
}
