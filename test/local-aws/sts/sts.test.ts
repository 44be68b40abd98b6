import t, { type Test } from 'tap';
import { createSts } from '../../../src/local-aws/sts/sts.ts';
import { serveEndpoint } from '../endpoint/serve-endpoint.ts';

async function call(t: Test, accessKey: string, body: string) {
	const isRole = (key: string) => key === 'api-role';
	const sts = createSts({ accountId: '000000000000', isRole, newId: () => 'request-1' });
	const { url } = await serveEndpoint(t, [sts]);
	const credential = `${accessKey}/20260101/eu-west-1/sts/aws4_request`;
	const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=00`;
	const response = await fetch(url, { method: 'POST', headers: { authorization }, body });
	return { status: response.status, body: await response.text() };
}

t.test('GetCallerIdentity returns a user, or a role of the template', async (t) => {
	const action = 'Action=GetCallerIdentity&Version=2011-06-15';
	t.match(await call(t, 'local', action), {
		status: 200,
		body: /<Arn>arn:aws:iam::000000000000:user\/local<\/Arn>.*<Account>000000000000</,
	});
	t.match(await call(t, 'api-role', action), {
		body: /<Arn>arn:aws:sts::000000000000:assumed-role\/api-role\/local<\/Arn>/,
	});
	t.match(await call(t, 'a<b', action), { body: /user\/a&lt;b</ });
});

t.test('other operations are refused by name', async (t) => {
	t.match(await call(t, 'local', 'Action=AssumeRole&Version=2011-06-15'), {
		status: 400,
		body: /<Code>InvalidAction<\/Code><Message>The local STS has no operation AssumeRole\./,
	});
	t.match(await call(t, 'local', ''), { status: 400 });
});
