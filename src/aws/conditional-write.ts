/** Whether the write was made; a condition that does not hold is an answer, not a failure. */
export async function conditionHolds(write: () => Promise<unknown>): Promise<boolean> {
	try {
		await write();
		return true;
	} catch (error) {
		if (isConditionFailure(error)) return false;
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
