/**
 * Compares what users of the packages build on, their public types and the state dicts of the families, with what the latest
 * release had (`surface/released`): each difference must stand in a changeset, as what it is. `--write` writes the present
 * state down, which `pnpm version-packages` does when it sets the versions of a release.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { askedBumps, unannounced, type Change } from './surface/bumps.ts';
import {
  currentSurface,
  releasedSurface,
  writeReleasedSurface,
  type Surface,
} from './surface/snapshots.ts';
import { publicPackages, report, root } from './workspace.ts';

const kinds = { types: 'public types', 'state-dicts': 'state dicts' } as const;

/** What each package had and has; a package of which nothing was released is new altogether. */
function changesBetween(released: Surface, current: Surface): readonly Change[] {
  return publicPackages().flatMap(({ json: { name, version } }) =>
    Object.entries(kinds).map(([key, kind]): Change => {
      const of = (surface: Surface): string => surface[key as keyof Surface].get(name) ?? '';
      return { name, version, kind, before: of(released), after: of(current) };
    }),
  );
}

const current = await currentSurface();
if (process.argv[2] === '--write') {
  writeReleasedSurface(current);
} else {
  const changesets = globSync('.changeset/*.md', { cwd: root });
  const asked = askedBumps(changesets.map((file) => readFileSync(join(root, file), 'utf8')));
  report('surface', unannounced(changesBetween(releasedSurface(), current), asked));
}
