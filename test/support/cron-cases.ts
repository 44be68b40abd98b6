/** Cron expressions with their first times after a time; both implementations are tested with them. */
export const CRON_CASES: readonly {
	readonly cron: string;
	readonly timezone?: string;
	readonly after: string;
	readonly times: readonly string[];
}[] = [
	{
		cron: '0 9 ? * MON-FRI *',
		after: '2026-12-04T10:00Z',
		times: ['2026-12-07T09:00Z', '2026-12-08T09:00Z'],
	},
	{ cron: '*/20 8 * * ? *', after: '2026-12-04T08:20Z', times: ['2026-12-04T08:40Z', '2026-12-05T08:00Z'] },
	{
		cron: '5,10-20/5 1 1 JAN ? *',
		after: '2027-01-01T01:05Z',
		times: ['2027-01-01T01:10Z', '2027-01-01T01:15Z'],
	},
	{ cron: '0 0 29 2 ? *', after: '2026-01-01T00:00Z', times: ['2028-02-29T00:00Z', '2032-02-29T00:00Z'] },
	{ cron: '0 0 L * ? *', after: '2027-01-31T00:00Z', times: ['2027-02-28T00:00Z', '2027-03-31T00:00Z'] },
	{ cron: '0 0 LW * ? *', after: '2027-01-01T00:00Z', times: ['2027-01-29T00:00Z', '2027-02-26T00:00Z'] },
	{ cron: '0 0 15W * ? *', after: '2027-05-01T00:00Z', times: ['2027-05-14T00:00Z', '2027-06-15T00:00Z'] },
	{ cron: '0 0 1W * ? *', after: '2027-04-30T00:00Z', times: ['2027-05-03T00:00Z', '2027-06-01T00:00Z'] },
	{ cron: '0 0 ? * 6L *', after: '2026-12-01T00:00Z', times: ['2026-12-25T00:00Z', '2027-01-29T00:00Z'] },
	{ cron: '0 0 ? * FRIL *', after: '2026-12-01T00:00Z', times: ['2026-12-25T00:00Z'] },
	{ cron: '0 0 ? * L *', after: '2026-12-01T00:00Z', times: ['2026-12-05T00:00Z', '2026-12-12T00:00Z'] },
	{ cron: '0 0 ? * 3#2 *', after: '2026-12-01T00:00Z', times: ['2026-12-08T00:00Z', '2027-01-12T00:00Z'] },
	{ cron: '0 0 ? * MON#5 *', after: '2026-12-01T00:00Z', times: ['2027-03-29T00:00Z'] },
	{
		cron: '0 0 1 1 ? 2027-2028',
		after: '2026-12-01T00:00Z',
		times: ['2027-01-01T00:00Z', '2028-01-01T00:00Z'],
	},
	{ cron: '0 0 1 1 ? 2028/4', after: '2026-12-01T00:00Z', times: ['2028-01-01T00:00Z', '2032-01-01T00:00Z'] },
	{ cron: '0 0 * * ? 2020', after: '2026-12-01T00:00Z', times: [] },
	{ cron: '0 0 31 4 ? *', after: '2026-12-01T00:00Z', times: [] },
	// On 28 March 2027 clocks in Berlin go from 02:00 to 03:00, so that day has no 02:30.
	{
		cron: '30 2 * * ? *',
		timezone: 'Europe/Berlin',
		after: '2027-03-26T12:00Z',
		times: ['2027-03-27T01:30Z', '2027-03-29T00:30Z'],
	},
	// On 31 October 2027 they go back from 03:00 to 02:00, so 02:30 occurs twice.
	{
		cron: '30 2 * * ? *',
		timezone: 'Europe/Berlin',
		after: '2027-10-29T12:00Z',
		times: ['2027-10-30T00:30Z', '2027-10-31T00:30Z', '2027-11-01T01:30Z'],
	},
	{
		cron: '*/30 * * * ? *',
		timezone: 'Europe/Berlin',
		after: '2027-10-31T00:00Z',
		times: ['2027-10-31T00:30Z', '2027-10-31T02:00Z'],
	},
	// Asked within the repetition, when clocks show 02:10 for the second time.
	{
		cron: '*/30 * * * ? *',
		timezone: 'Europe/Berlin',
		after: '2027-10-31T01:10Z',
		times: ['2027-10-31T02:00Z', '2027-10-31T02:30Z'],
	},
	{ cron: '0 9 * * ? *', timezone: 'Asia/Kolkata', after: '2026-12-01T00:00Z', times: ['2026-12-01T03:30Z'] },
	{
		cron: '0 9 * * ? *',
		timezone: 'America/St_Johns',
		after: '2026-12-01T00:00Z',
		times: ['2026-12-01T12:30Z'],
	},
];

/** Expressions that EventBridge Scheduler does not define. */
export const INVALID_CRONS: readonly string[] = [
	'',
	'* * * * *',
	'0 9 * * *',
	'* * * * * *',
	'0 9 ? * ? *',
	'60 0 * * ? *',
	'0 24 * * ? *',
	'0 0 0 * ? *',
	'0 0 32 * ? *',
	'0 0 * 13 ? *',
	'0 0 ? * 8 *',
	'0 0 ? * 0 *',
	'0 0 * * ? 1969',
	'0 0 * * ? 2200',
	'0 0 * * ? * *',
	'0 0 ? * FRI-MON *',
	'10-5 0 * * ? *',
	'0/0 0 * * ? *',
	'? 0 * * ? *',
	'0 0 W * ? *',
	'0 0 L-3 * ? *',
	'0 0 ? * 3#6 *',
	'0 0 ? * 3#0 *',
	'0  0 * * ? *',
	'@daily',
	'a b c d e f',
];
