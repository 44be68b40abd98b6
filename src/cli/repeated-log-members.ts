/** Members that every log line of a function repeats. People read the lines without them. */
export const REPEATED_LOG_MEMBERS: ReadonlySet<string> = new Set([
	'cold_start',
	'function_arn',
	'function_memory_size',
	'function_name',
	'function_request_id',
	'sampling_rate',
	'service',
	'xray_trace_id',
]);
