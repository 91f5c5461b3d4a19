import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { modelFamilies } from '../model-costs.ts';
import { publicPackages } from '../workspace.ts';
import { publicTypes } from './public-types.ts';
import { stateDicts } from './state-dicts.ts';

/** What users of a package build on, by the kind: its public types, and a family's state dicts. */
export type Surface = Readonly<Record<'types' | 'state-dicts', ReadonlyMap<string, string>>>;

const folder = join(import.meta.dirname, 'released');

/** The surface of the sources as they are now, by the name of the package. */
export async function currentSurface(): Promise<Surface> {
  const types = new Map<string, string>();
  for (const found of publicPackages()) types.set(found.json.name, await publicTypes(found));
  const families = await modelFamilies();
  const keys = Array.from(
    families,
    ([name, family]) => [`@convnet/${name}`, stateDicts(family)] as const,
  );
  return { types, 'state-dicts': new Map(keys) };
}

/** The surface of the latest release, as it was written down when its versions were set. */
export function releasedSurface(): Surface {
  const read = (kind: keyof Surface): ReadonlyMap<string, string> =>
    new Map(
      globSync(`${kind}/*.txt`, { cwd: folder }).map((file) => [
        `@convnet/${basename(file, '.txt')}`,
        readFileSync(join(folder, file), 'utf8'),
      ]),
    );
  return { types: read('types'), 'state-dicts': read('state-dicts') };
}

/** Writes down the surface of a release. */
export function writeReleasedSurface(surface: Surface): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [kind, texts] of Object.entries(surface)) {
    for (const [name, text] of texts) {
      const file = join(folder, kind, `${name.replace('@convnet/', '')}.txt`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
}
