import { bundle } from '../../src/deploy/bundle.ts';
import { packageTemplate } from '../../src/deploy/package.ts';
import { LOCAL_PARAMETERS } from '../../src/local/local-parameters.ts';
import { DEPLOYED_STAGES, packageDeployed } from './deployed-stages.ts';

/** Bundles and packages once, before the tests that boot a stack run side by side. */
await bundle();
await packageTemplate({ stage: 'local', parameters: LOCAL_PARAMETERS.none });
await packageTemplate({ stage: 'local', parameters: LOCAL_PARAMETERS.jwt });
for (const stage of DEPLOYED_STAGES) await packageDeployed(stage);
