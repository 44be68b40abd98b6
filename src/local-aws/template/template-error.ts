/** A template that CloudFormation would refuse, or that the local AWS cannot resolve; the message names both ends. */
export class TemplateError extends Error {
	override readonly name = 'TemplateError';
	readonly code = 'template';
}
