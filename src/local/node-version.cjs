// Plain JavaScript, so that a Node that is too old for the project can run it.

/** The first version with `await using`, and without a flag for TypeScript. */
const MIN_MAJOR = 24;

/** Whether a version such as `v24.1.0` runs the project. */
exports.isSupported = (version) => Number(/^v?(\d+)\./.exec(version)?.[1]) >= MIN_MAJOR;

/** Ends the process with one line if its Node does not run the project. */
exports.requireSupportedNode = () => {
	if (exports.isSupported(process.version)) return;
	console.error(
		`task-api needs Node ${MIN_MAJOR} or later. This is Node ${process.version}, and npm has no other for ${process.platform}-${process.arch}: install Node ${MIN_MAJOR}.`,
	);
	process.exit(1);
};
