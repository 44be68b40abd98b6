/** What the write answers; a condition that does not hold is an answer too, not a failure. */
export async function ignoreConditionFailure<Answer>(write: () => Promise<Answer>): Promise<Answer | undefined> {
	try {
		return await write();
	} catch (error) {
		if (isConditionFailure(error)) return undefined;
		throw error;
	}
}

/** ElectroDB wraps DynamoDB's error as the cause of its own. */
function isConditionFailure(error: unknown): boolean {
	for (let at: unknown = error; at instanceof Error; at = at.cause) {
		if (at.name === 'ConditionalCheckFailedException') return true;
	}
	return false;
}
