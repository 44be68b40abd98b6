import { accessKeyOf } from '../endpoint/addressed-service.ts';
import type { HttpService } from '../endpoint/service.ts';

export interface StsOptions {
	readonly accountId: string;
	/** Whether an access key is a role's. */
	readonly isRole: (accessKey: string) => boolean;
	readonly newId: () => string;
}

/** STS, as far as anybody here asks: GetCallerIdentity, which is also all that an account without permissions may call. */
export function createSts({ accountId, isRole, newId }: StsOptions): HttpService {
	return {
		signingName: 'sts',
		handle(request, response) {
			const key = accessKeyOf(request) ?? 'nobody';
			const arn = isRole(key)
				? `arn:aws:sts::${accountId}:assumed-role/${key}/local`
				: `arn:aws:iam::${accountId}:user/${key}`;
			request.resume();
			response.writeHead(200, { 'content-type': 'text/xml' }).end(
				`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>${arn}</Arn><UserId>${key}</UserId><Account>${accountId}</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>${newId()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
			);
		},
	};
}
