/** W3C trace context; another form is left out rather than refused, as the standard asks. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

export function parseTraceparent(traceparent: string | undefined): { traceparent?: string } {
	return traceparent !== undefined && TRACEPARENT.test(traceparent) ? { traceparent } : {};
}
