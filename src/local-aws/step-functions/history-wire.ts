import type { JsonObject } from '../json.ts';
import type { HistoryEvent } from './history.ts';

/** An event as GetExecutionHistory gives it. Times are epoch seconds. */
export function historyWire(
	{ id, previousEventId, timestampMs, type, details }: HistoryEvent,
	includeData: boolean,
): JsonObject {
	const event = { id, previousEventId, timestamp: timestampMs / 1000, type };
	if (details === undefined) return event;
	return { ...event, [detailsMember(type)]: includeData ? details : withoutData(details) };
}

const DATA_MEMBERS = new Set([
	'input',
	'inputDetails',
	'output',
	'outputDetails',
	'parameters',
	'assignedVariables',
	'assignedVariablesDetails',
]);

function withoutData(details: JsonObject): JsonObject {
	return Object.fromEntries(Object.entries(details).filter(([name]) => !DATA_MEMBERS.has(name)));
}

/** States share the members of their entering and leaving; every other type has one of its own. */
function detailsMember(type: string): string {
	if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
	if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
	return `${type.slice(0, 1).toLowerCase()}${type.slice(1)}EventDetails`;
}
