/** The template is invalid or unsupported. The message names the referring and the referred part. */
export class TemplateError extends Error {
	override readonly name = 'TemplateError';
	readonly code = 'template';
}
