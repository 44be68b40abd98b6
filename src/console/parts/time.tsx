import { signal } from '@preact/signals';

const TICK_MS = 1000;

/** The current time, advanced every second while the page is visible. */
export const nowMs = signal(Date.now());

window.setInterval(() => {
	if (!document.hidden) nowMs.value = Date.now();
}, TICK_MS);

const CLOCK = new Intl.DateTimeFormat(undefined, {
	hour: '2-digit',
	minute: '2-digit',
	second: '2-digit',
	hourCycle: 'h23',
});
const DATE = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

/** Formats a duration with two units at most: `4.2 s`, `3 min 5 s`. */
export function formatDuration(ms: number): string {
	if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
	const seconds = ms / 1000;
	if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
	const whole = Math.round(seconds);
	if (whole < 3600) return twoUnits(whole, [60, 'min'], [1, 's']);
	if (whole < 86_400) return twoUnits(whole, [3600, 'h'], [60, 'min']);
	return twoUnits(whole, [86_400, 'd'], [3600, 'h']);
}

type Unit = readonly [seconds: number, name: string];

function twoUnits(seconds: number, [large, largeName]: Unit, [small, smallName]: Unit): string {
	const rest = Math.floor((seconds % large) / small);
	return `${Math.floor(seconds / large)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}

/** Formats an age with one unit: `12s`, `4m`, `3h`. */
export function formatAge(ms: number): string {
	const seconds = Math.max(0, Math.floor(ms / 1000));
	if (seconds < 60) return `${seconds}s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
	if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
	return `${Math.floor(seconds / 86_400)}d`;
}

/** Formats the time of day, with the date unless it is today. */
export function formatTime(iso: string): string {
	const date = new Date(iso);
	const isToday = date.toDateString() === new Date(nowMs.value).toDateString();
	return isToday ? CLOCK.format(date) : `${DATE.format(date)}, ${CLOCK.format(date)}`;
}

/** A time of day; the exact time is its tooltip. */
export function Time({ at }: { readonly at: string }) {
	return (
		<time dateTime={at} title={at}>
			{formatTime(at)}
		</time>
	);
}

/** The age of a time, updated every second. */
export function Age({ at }: { readonly at: string }) {
	return (
		<time dateTime={at} title={at}>
			{formatAge(nowMs.value - Date.parse(at))}
		</time>
	);
}
