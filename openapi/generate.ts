import { writeFile } from 'node:fs/promises';
import { writePictures } from '../src/deploy/workflow-pictures.ts';
import { openapiText } from './document.ts';

await writeFile(new URL('openapi.json', import.meta.url), await openapiText());
await writePictures();
