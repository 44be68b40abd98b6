/**
 * Returns whether a stage serves the console.
 * @throws for a value other than `on` and `off`.
 */
export function hasConsole(setting: string): boolean {
	if (setting !== 'on' && setting !== 'off')
		throw new Error(`The parameter console must be on or off, got "${setting}".`);
	return setting === 'on';
}

const PATHS = ['/console', '/console/{path+}'];

/** The function with the console. The page contains no data, so its routes have no authorizer. */
export function consoleFunctions(setting: string): Record<string, object> {
	if (!hasConsole(setting)) return {};
	return {
		console: {
			handler: '.build/console/index.handler',
			package: { patterns: ['.build/console/**'] },
			role: 'ConsoleRole',
			timeout: 10,
			environment: { AUTH: '${param:auth}' },
			events: PATHS.flatMap((path) => [{ httpApi: `GET ${path}` }, { httpApi: `HEAD ${path}` }]),
		},
	};
}
