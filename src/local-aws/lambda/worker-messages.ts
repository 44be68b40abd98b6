/** Messages from the host to a sandbox. */
export type ToSandbox =
	| {
			readonly kind: 'invoke';
			readonly requestId: string;
			readonly payload: string;
			readonly deadlineMs: number;
	  }
	/** The caller no longer waits for this invocation. */
	| { readonly kind: 'abandon'; readonly requestId: string }
	| { readonly kind: 'ping' };

/** Messages from a sandbox to the host. Payloads are JSON text. */
export type FromSandbox =
	| { readonly kind: 'ready' }
	| { readonly kind: 'init-error'; readonly payload: string }
	| { readonly kind: 'done'; readonly requestId: string; readonly ok: boolean; readonly payload: string }
	| { readonly kind: 'pong' };

/** The function that a sandbox runs. */
export interface SandboxData {
	readonly functionName: string;
	readonly functionArn: string;
	readonly memoryMb: number;
	/** The bundle's absolute path, and the name of the export in it. */
	readonly file: string;
	readonly exportName: string;
}
