import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an `Authorization` header carries the secret. Takes as long for a near miss as for a far one. */
export function createBearerCheck(readSecret: () => Promise<string>) {
	return async (authorization: string | undefined): Promise<boolean> => {
		const [, given] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
		if (given === undefined) return false;
		return timingSafeEqual(digest(given), digest(await readSecret()));
	};
}

/** Of one length, whatever the text's is. */
function digest(text: string): Buffer {
	return createHash('sha256').update(text).digest();
}
