import { compileValidators } from '../../../src/deploy/compiled-validators/compile-validators.ts';
import { createFixtureApp } from './fixture-app.ts';

process.stdout.write(JSON.stringify(await compileValidators([createFixtureApp])));
process.exit(0);
