import { AwsError } from '../endpoint/service.ts';

/** What EventBridge answers to a pattern that it does not take. */
export function invalidPattern(reason: string): AwsError {
	return new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
}
