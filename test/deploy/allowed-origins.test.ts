import { test } from 'tap';
import { checkedOrigins } from '../../src/deploy/allowed-origins.ts';

test('only what a browser sends as an origin is taken', async (t) => {
	for (const origins of ['*', 'https://app.example', 'https://app.example, http://localhost:5173'])
		t.equal(checkedOrigins(origins), origins);
	for (const origins of ['', 'app.example', 'https://app.example/', 'https://a.example,', 'https://*', '*,*'])
		t.throws(() => checkedOrigins(origins), { message: /allowedOrigins is \* or origins/ }, origins);
});
