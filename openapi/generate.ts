import { writeFile } from 'node:fs/promises';
import { writePictures } from '../src/deploy/workflow-pictures.ts';
import { docsPage } from './docs/page.ts';
import { openapiText } from './document.ts';

const text = await openapiText();
await writeFile(new URL('openapi.json', import.meta.url), text);
await writeFile(new URL('docs.html', import.meta.url), await docsPage(JSON.parse(text)));
await writePictures();
