import * as fc from 'fast-check';
import { test } from 'tap';
import { slackBody } from '../../src/partners/slack-body.ts';

const sectionTexts = (sections: readonly string[]): string[] =>
	JSON.parse(slackBody({ text: 'x', sections })).blocks.map(
		(block: { text: { text: string } }) => block.text.text,
	);

test('a message of text alone has no blocks', async (t) => {
	t.equal(slackBody({ text: 'a <b> & c' }), '{"text":"a &lt;b&gt; &amp; c"}');
	t.equal(slackBody({ text: 'a', sections: [] }), '{"text":"a"}');
});

test('a section shows its text and nothing that Slack makes of it', async (t) => {
	t.strictSame(JSON.parse(slackBody({ text: 'x', sections: ['<!channel> & #a'] })), {
		text: 'x',
		blocks: [
			{
				type: 'section',
				text: { type: 'mrkdwn', text: '&lt;!channel&gt; &amp; #a', verbatim: true },
			},
		],
	});
});

test('a section has at most 3,000 characters, escapes counted', async (t) => {
	t.strictSame(sectionTexts(['a'.repeat(3000)]), ['a'.repeat(3000)]);
	t.strictSame(sectionTexts(['a'.repeat(3001)]), [`${'a'.repeat(2999)}…`]);
	t.strictSame(sectionTexts(['&'.repeat(600)]), ['&amp;'.repeat(600)]);
	t.strictSame(sectionTexts(['&'.repeat(601)]), [`${'&amp;'.repeat(599)}…`]);
});

test('whatever the text, it fits, and no character or escape is torn', async (t) => {
	fc.assert(
		fc.property(
			fc.array(fc.constantFrom('a', '&', '<', '>', '😀', 'é', '\n'), { minLength: 1, maxLength: 4000 }),
			(characters) => {
				const [text = ''] = sectionTexts([characters.join('')]);
				const whole = text.replace(/…$/, '').replaceAll(/&(amp|lt|gt);/g, '+');
				return text.length <= 3000 && text.isWellFormed() && !/[&<>]/.test(whole);
			},
		),
	);
	t.pass();
});

test('a message has at most 50 blocks', async (t) => {
	const sections = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);
	t.strictSame(sectionTexts(sections(50)), sections(50));
	t.strictSame(sectionTexts(sections(51)), [...sections(49), '…']);
});

test('the text itself is cut too', async (t) => {
	t.equal(JSON.parse(slackBody({ text: 'a'.repeat(5000) })).text.length, 4000);
});
