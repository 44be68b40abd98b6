/** What a check found: all well, or what is wrong. */
export interface Finding {
	readonly ok: boolean;
	readonly detail: string;
}

/** One step of the doctor. What it throws is a finding too. */
export interface Check {
	readonly name: string;
	/** Checks without which this one tells nothing. */
	readonly needs: readonly string[];
	/** What to do where it fails. */
	readonly mend: string;
	readonly examine: () => Promise<Finding>;
}

/** Goes through the checks and tells each finding. The answer is whether all is well; what cannot be checked is not. */
export async function examine(
	checks: readonly Check[],
	tell: (name: string, outcome: 'ok' | 'failed' | 'skipped', detail: string) => void,
): Promise<boolean> {
	const healthy = new Set<string>();
	for (const { name, needs, mend, examine: look } of checks) {
		const missing = needs.find((need) => !healthy.has(need));
		if (missing !== undefined) {
			tell(name, 'skipped', `${missing} comes first`);
			continue;
		}
		const { ok, detail } = await look().catch((error: unknown) => wrong(describe(error)));
		if (ok) healthy.add(name);
		tell(name, ok ? 'ok' : 'failed', ok ? detail : `${detail}\n${mend}`);
	}
	return healthy.size === checks.length;
}

export function well(detail: string): Finding {
	return { ok: true, detail };
}

export function wrong(detail: string): Finding {
	return { ok: false, detail };
}

/** An error in one line, with the reason that `fetch` keeps in its cause. */
function describe(error: unknown): string {
	const { name, message, cause } = Object(error);
	return [name, message, Object(cause).message].filter(Boolean).join(': ');
}
