// Checks the version of Node before anything that an old one cannot parse.
require('./node-version.cjs').requireSupportedNode();
void import('./start.ts');
