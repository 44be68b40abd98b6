import type { createDeployment } from '../../partners/deployment.ts';
import type { createNotification } from '../../partners/notification.ts';
import type { createValidation } from '../../partners/validation.ts';

/** What the steps ask of the partners. */
export type ReleasePartners = ReturnType<typeof createValidation> &
	ReturnType<typeof createDeployment> &
	ReturnType<typeof createNotification>;
