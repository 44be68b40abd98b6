/** What the host tells a sandbox. */
export type ToSandbox =
	| {
			readonly kind: 'invoke';
			readonly requestId: string;
			readonly payload: string;
			readonly deadlineMs: number;
	  }
	/** Nobody waits for this invocation any more. */
	| { readonly kind: 'abandon'; readonly requestId: string }
	| { readonly kind: 'ping' };

/** What a sandbox tells the host. Payloads are JSON texts. */
export type FromSandbox =
	| { readonly kind: 'ready' }
	| { readonly kind: 'init-error'; readonly payload: string }
	| { readonly kind: 'done'; readonly requestId: string; readonly ok: boolean; readonly payload: string }
	| { readonly kind: 'pong' };

/** What a sandbox is made with. */
export interface SandboxData {
	readonly functionName: string;
	readonly functionArn: string;
	readonly memoryMb: number;
	/** The bundle's absolute path, and the name of the export in it. */
	readonly file: string;
	readonly exportName: string;
}
