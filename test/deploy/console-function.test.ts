import { test } from 'tap';
import { consoleFunctions } from '../../src/deploy/console-function.ts';
import { packageDeployed } from '../support/deployed-stages.ts';

test('a stage has the console only with console=on', async (t) => {
	t.strictSame(consoleFunctions('off'), {});
	t.match(consoleFunctions('on'), { console: { events: [{ httpApi: 'GET /console' }, {}, {}, {}] } });
	t.throws(() => consoleFunctions('yes'), { message: 'The parameter console must be on or off, got "yes".' });
});

test('the routes of the console are public, and its role may call nothing', async (t) => {
	const { Resources: staging } = Object(await packageDeployed('staging'));
	const routes = Object.values(staging).filter((resource) =>
		/ \/console(\/|$)/.test(String(Object(Object(resource).Properties).RouteKey)),
	);
	t.equal(routes.length, 4);
	for (const route of routes) t.notOk('AuthorizerId' in Object(Object(route).Properties));
	t.equal('ConsoleRole' in staging, true);
	t.equal('ConsoleRole' in Object(await packageDeployed('prod')).Resources, false);
});
