import type {
	AppDependencies,
	CallbacksAppDependencies,
	DocsAppDependencies,
	SchedulesAppDependencies,
	WebhooksAppDependencies,
} from '../../http/app.ts';
import type { Log } from '../../tasks/log.ts';
import { WORKFLOWS } from '../../workflows/catalog.ts';

const neverCalled = () => Promise.reject(new Error('This app only declares its schemas.'));
const SILENT: Log = { info() {}, warn() {}, error() {}, with: () => SILENT };

/** An API with all routes and schemas whose operations always fail. */
export const INERT_API: AppDependencies &
	CallbacksAppDependencies &
	DocsAppDependencies &
	SchedulesAppDependencies &
	WebhooksAppDependencies = {
	createTask: neverCalled,
	getTask: neverCalled,
	waitForTask: neverCalled,
	listTasks: neverCalled,
	cancelTask: neverCalled,
	redriveTask: neverCalled,
	rerunTask: neverCalled,
	readResult: neverCalled,
	acceptanceLimit: { take: neverCalled },
	eventsLimit: { take: neverCalled },
	readTimeline: neverCalled,
	presign: neverCalled,
	signalOf: () => AbortSignal.abort(),
	cursors: { seal: neverCalled, open: neverCalled },
	readDocument: neverCalled,
	readDocsScript: neverCalled,
	findCaller: () => undefined,
	workflows: WORKFLOWS,
	version: '',
	createApprovalToken: neverCalled,
	approvals: { read: neverCalled, decide: neverCalled },
	findApprovers: neverCalled,
	answerCallback: neverCalled,
	findCallback: neverCalled,
	verifyCallbackToken: neverCalled,
	createCallbackToken: neverCalled,
	webhooks: {
		find: neverCalled,
		list: neverCalled,
		create: neverCalled,
		update: neverCalled,
		remove: neverCalled,
		rotateSecret: neverCalled,
		test: neverCalled,
		replay: neverCalled,
	},
	schedules: {
		find: neverCalled,
		list: neverCalled,
		create: neverCalled,
		update: neverCalled,
		pause: neverCalled,
		resume: neverCalled,
		remove: neverCalled,
	},
	runs: { listRuns: neverCalled },
	deliveries: { listOfWebhook: neverCalled, listOfTask: neverCalled },
	findUrlFault: neverCalled,
	readTaskUrlSecret: neverCalled,
	jiraStatuses: { success: new Set(), failure: new Set() },
	now: () => 0,
	log: SILENT,
};
