import { useState } from 'preact/hooks';
import { messageOf } from '../api.ts';
import { Button } from '../parts/buttons.tsx';
import { displayText } from '../parts/display-text.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { usePolling } from '../parts/polling.ts';
import { Age, formatTime } from '../parts/time.tsx';
import {
	changeFaults,
	type FaultRates,
	type FunctionActivity,
	type LogLine,
	type QueueDepth,
	type ReceivedWebhook,
	readFaults,
	readFunctions,
	readLogs,
	readQueues,
	readReceivedWebhooks,
	readSlackMessages,
	type SlackMessage,
} from './local-stack.ts';

const POLL_MS = 2000;
const SHOWN_MESSAGES = 50;

interface SystemState {
	readonly queues: readonly QueueDepth[];
	readonly functions: readonly FunctionActivity[];
	readonly slack: readonly SlackMessage[];
	readonly webhooks: readonly ReceivedWebhook[];
	readonly partnerCalls: readonly LogLine[];
}

/** The state of the local AWS behind the API. */
export function SystemPage() {
	const { value, error } = usePolling<SystemState>(
		async (signal) => {
			const [queues, functions, slack, webhooks, partnerCalls] = await Promise.all([
				readQueues(),
				readFunctions(),
				readSlackMessages(),
				readReceivedWebhooks(),
				readLogs({ function: 'partnerApis' }, signal),
			]);
			return { queues, functions, slack, webhooks, partnerCalls };
		},
		() => POLL_MS,
		'system',
	);
	return (
		<main class="page">
			<header class="page-header">
				<h1>System</h1>
				<p class="muted">The local AWS of this machine</p>
			</header>
			{error !== undefined && <ErrorNotice>{error}</ErrorNotice>}
			<div class="system-columns">
				<div>
					<Faults />
				</div>
				<div>
					{value !== undefined && (
						<>
							<Queues queues={value.queues} />
							<Functions functions={value.functions} />
							<Slack messages={value.slack} />
							<Webhooks received={value.webhooks} />
							<PartnerCalls lines={value.partnerCalls} />
						</>
					)}
				</div>
			</div>
		</main>
	);
}

function Queues({ queues }: { readonly queues: readonly QueueDepth[] }) {
	return (
		<section class="panel" aria-label="Queues">
			<header class="panel-header">
				<h2>Queues</h2>
			</header>
			<div class="table-scroll" tabIndex={0} role="region" aria-label="Table of queues">
				<table>
					<thead>
						<tr>
							<th scope="col">Queue</th>
							<th scope="col" class="number">
								Visible
							</th>
							<th scope="col" class="number">
								In flight
							</th>
							<th scope="col" class="number">
								Delayed
							</th>
							<th scope="col" class="number">
								Oldest
							</th>
						</tr>
					</thead>
					<tbody>
						{queues.map(
							({ queue_arn: arn, visible, in_flight: inFlight, delayed, oldest_sent_at: oldest }) => (
								<tr key={arn} class={isDeadLetterQueue(arn) && visible + inFlight > 0 ? 'row-alarm' : ''}>
									<th scope="row">{queueName(arn)}</th>
									<td class="number">{visible}</td>
									<td class="number">{inFlight}</td>
									<td class="number">{delayed}</td>
									<td class="number">{oldest === undefined ? '–' : <Age at={oldest} />}</td>
								</tr>
							),
						)}
					</tbody>
				</table>
			</div>
		</section>
	);
}

/** Names of functions and queues begin with the name of the stack. */
function shortName(name: string): string {
	return name.replace(/^task-api-[^-]+-/, '');
}

/** The logical ID: names are `<stack>-<logical ID>-<hash>`. */
function queueName(arn: string): string {
	return shortName(arn.split(':').at(-1) ?? arn).replace(/-[0-9A-F]{8,}$/, '');
}

function isDeadLetterQueue(arn: string): boolean {
	return arn.includes('DeadLetter');
}

function Functions({ functions }: { readonly functions: readonly FunctionActivity[] }) {
	const sorted = functions.toSorted((a, b) => a.function_name.localeCompare(b.function_name));
	return (
		<section class="panel" aria-label="Functions">
			<header class="panel-header">
				<h2>Functions</h2>
			</header>
			<div class="table-scroll" tabIndex={0} role="region" aria-label="Table of functions">
				<table>
					<thead>
						<tr>
							<th scope="col">Function</th>
							<th scope="col" class="number">
								Invocations
							</th>
							<th scope="col" class="number">
								Errors
							</th>
							<th scope="col" class="number">
								Last run
							</th>
						</tr>
					</thead>
					<tbody>
						{sorted.map(({ function_name: name, invocations, errors, last_invoked_at: at }) => (
							<tr key={name}>
								<th scope="row">{shortName(name)}</th>
								<td class="number">{invocations.toLocaleString()}</td>
								<td class={`number ${errors > 0 ? 'text-failed' : ''}`}>{errors}</td>
								<td class="number">
									<Age at={at} /> ago
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</div>
		</section>
	);
}

function Slack({ messages }: { readonly messages: readonly SlackMessage[] }) {
	return (
		<section class="panel" aria-label="Slack messages">
			<header class="panel-header">
				<h2>Slack messages</h2>
				<span class="muted push">{messages.length}</span>
			</header>
			{messages.length === 0 ? (
				<p class="panel-body muted">No workflow has posted to Slack yet.</p>
			) : (
				<ul class="feed" tabIndex={0} aria-label="Messages, newest first">
					{messages
						.slice(-SHOWN_MESSAGES)
						.toReversed()
						.map(({ text }, index) => (
							<li key={messages.length - index}>{text}</li>
						))}
				</ul>
			)}
		</section>
	);
}

function Webhooks({ received }: { readonly received: readonly ReceivedWebhook[] }) {
	return (
		<section class="panel" aria-label="Webhooks received">
			<header class="panel-header">
				<h2>Webhooks received</h2>
				<span class="muted push">{received.length}</span>
			</header>
			{received.length === 0 ? (
				<p class="panel-body muted">No webhook has arrived at /_local/webhooks yet.</p>
			) : (
				<ul class="feed mono" tabIndex={0} aria-label="Webhooks, newest first">
					{received
						.slice(-SHOWN_MESSAGES)
						.toReversed()
						.map((webhook, index) => (
							<li key={received.length - index}>
								<span class="muted">{formatTime(webhook.received_at)}</span> {webhookText(webhook)}
							</li>
						))}
				</ul>
			)}
		</section>
	);
}

function webhookText({ body, is_verified: isVerified }: ReceivedWebhook): string {
	const { type, data } = Object(body);
	const signature = isVerified ? 'verified' : 'unknown secret';
	return displayText(
		[type, Object(data).task_id, `(${signature})`].filter((part) => part !== undefined).join(' '),
	);
}

function PartnerCalls({ lines }: { readonly lines: readonly LogLine[] }) {
	return (
		<section class="panel" aria-label="Calls to partners">
			<header class="panel-header">
				<h2>Calls to partners</h2>
				<span class="muted push">{lines.length}</span>
			</header>
			{lines.length === 0 ? (
				<p class="panel-body muted">No workflow has called a partner yet.</p>
			) : (
				<ul class="feed mono" tabIndex={0} aria-label="Calls, newest first">
					{lines
						.slice(-SHOWN_MESSAGES)
						.toReversed()
						.map(({ timestamp, message, fields }, index) => (
							<li key={lines.length - index}>
								<span class="muted">{formatTime(timestamp)}</span> {message} {partnerCall(fields)}
							</li>
						))}
				</ul>
			)}
		</section>
	);
}

function partnerCall({ method, path, status }: LogLine['fields']): string {
	return [method, path, status].map(displayText).join(' ').trim();
}

/** Sliders for the fault switches. */
function Faults() {
	const { value, refresh } = usePolling(readFaults, () => POLL_MS, 'faults');
	const [seed, setSeed] = useState('');
	const [error, setError] = useState<string>();
	const change = (next: Readonly<Record<string, number | boolean>>) => {
		const withSeed = /^\d+$/.test(seed) ? { ...next, seed: Number(seed) } : next;
		changeFaults(withSeed).then(refresh, (cause: unknown) => setError(messageOf(cause)));
	};
	const rates: FaultRates = value ?? {};
	const active = Object.values(rates).filter((rate) => rate > 0).length;
	return (
		<section class="panel" aria-label="Faults">
			<header class="panel-header">
				<h2>Faults</h2>
				<span class={active > 0 ? 'text-failed' : 'muted'}>{active === 0 ? 'all off' : `${active} on`}</span>
				<div class="push">
					<Button kind="quiet" isDisabled={active === 0} onClick={() => change({ reset: true })}>
						Reset
					</Button>
				</div>
			</header>
			{error !== undefined && <ErrorNotice>{error}</ErrorNotice>}
			<div class="panel-body faults">
				{Object.entries(rates).map(([name, rate]) => (
					<FaultSlider
						key={name}
						name={name}
						rate={rate}
						onChange={(changed) => change({ [name]: changed })}
					/>
				))}
				<div class="field">
					<label for="seed">Seed</label>
					<input
						id="seed"
						type="text"
						inputMode="numeric"
						placeholder="random"
						value={seed}
						onInput={({ currentTarget }) => setSeed(currentTarget.value)}
					/>
					<p class="hint">Sent with the next change: the same seed repeats the same faults.</p>
				</div>
			</div>
		</section>
	);
}

interface FaultSliderProps {
	readonly name: string;
	readonly rate: number;
	readonly onChange: (rate: number) => void;
}

function FaultSlider({ name, rate, onChange }: FaultSliderProps) {
	return (
		<label class="fault-slider">
			<span class="mono">{name}</span>
			<input
				type="range"
				min={0}
				max={1}
				step={0.05}
				value={rate}
				onChange={({ currentTarget }) => onChange(currentTarget.valueAsNumber)}
			/>
			<output class="number">{Math.round(rate * 100)} %</output>
		</label>
	);
}
