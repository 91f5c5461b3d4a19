import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { committedFolder, derivedFiles, pagesWithFigures, root } from './committed-results.ts';

/** `pnpm docs:results`: draws anew what follows from the committed journals and JSON. */
for (const [name, text] of await derivedFiles()) {
  writeFileSync(join(committedFolder, name), text);
  console.log(`benchmarks/results/committed/${name}`);
}
for (const [page, text] of pagesWithFigures()) {
  writeFileSync(join(root, page), text);
  console.log(page);
}
