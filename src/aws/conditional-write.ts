/**
 * Runs an ElectroDB operation.
 * @throws The error of the AWS client itself, where ElectroDB has wrapped it.
 */
export async function runOperation<Answer>(operation: () => Promise<Answer>): Promise<Answer> {
	try {
		return await operation();
	} catch (error) {
		throw error instanceof Error && error.name === 'ElectroError' && error.cause !== undefined
			? error.cause
			: error;
	}
}

/**
 * Runs a conditional write. Returns `undefined` if its condition does not hold, which is an expected outcome.
 * @throws The error of the AWS client for any other failure.
 */
export async function ignoreConditionFailure<Answer>(
	write: () => Promise<Answer>,
): Promise<Answer | undefined> {
	try {
		return await runOperation(write);
	} catch (error) {
		if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return undefined;
		throw error;
	}
}
