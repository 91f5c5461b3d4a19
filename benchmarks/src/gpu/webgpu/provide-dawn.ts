import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Lets WEBGPU_PACKAGE name a package around the addon that `DAWN` names, where a machine has that file alone and not the npm
 * package `webgpu`.
 */
export async function provideDawn(): Promise<void> {
  const { DAWN, WEBGPU_PACKAGE } = process.env;
  if (DAWN === undefined || WEBGPU_PACKAGE !== undefined) return;
  const folder = await mkdtemp(join(tmpdir(), 'convnet-dawn-'));
  const entry =
    "import { createRequire } from 'node:module';\n" +
    `export const { create, globals } = createRequire(import.meta.url)(${JSON.stringify(DAWN)});\n`;
  await writeFile(join(folder, 'index.mjs'), entry);
  await writeFile(
    join(folder, 'package.json'),
    '{ "name": "webgpu", "type": "module", "main": "index.mjs" }',
  );
  process.env['WEBGPU_PACKAGE'] = folder;
}
