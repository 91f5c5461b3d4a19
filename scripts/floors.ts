/**
 * Which package may import which: the floors of the house. Imports go down only, and nothing imports a
 * sibling of its own floor. A name ending in `*` stands for all packages that start so.
 */
export interface Floor {
  /** Folders of the packages that live here, relative to the root. */
  readonly paths: readonly string[];
  /** Folders whose packages they may import. */
  readonly mayImport: readonly string[];
}

const core = ['packages/tensor-core'];
const conformance = ['packages/conformance'];
const parts = ['packages/layers', 'packages/data', 'packages/optim', 'packages/weights'];
const backends = ['packages/backend-*'];
const models = ['packages/models/*'];

/** From the ground up. */
export const floors: readonly Floor[] = [
  { paths: core, mayImport: [] },
  // Only tests import it: those of tensor-core's own floor stand in it.
  { paths: conformance, mayImport: core },
  { paths: backends, mayImport: core },
  { paths: parts, mayImport: core },
  // What the tests of the families share, here and elsewhere. Nothing but tests may import it.
  {
    paths: ['packages/models/testing'],
    mayImport: [...core, ...conformance, ...backends, ...parts],
  },
  // Detectors are built from backbones: one floor above the families, in whose folder they stand.
  { paths: ['packages/models/detection'], mayImport: [...core, ...parts, ...models] },
  {
    paths: ['packages/train', 'packages/onnx', ...models],
    mayImport: [...core, ...parts],
  },
  { paths: ['packages/explain'], mayImport: [...core, ...parts, 'packages/train'] },
  {
    paths: ['packages/cli'],
    mayImport: [
      ...core,
      ...backends,
      ...parts,
      'packages/train',
      'packages/onnx',
      'packages/explain',
      ...models,
      'datasets',
    ],
  },
  // Writes files, and imports nothing.
  { paths: ['packages/create-family'], mayImport: [] },
  // Private: what the tests of all packages share. Nothing but tests may import it.
  { paths: ['packages/testing'], mayImport: [] },
  { paths: ['datasets'], mayImport: [...core, 'packages/data', 'packages/weights'] },
  {
    paths: ['benchmarks', 'examples', 'examples/playground'],
    mayImport: ['packages/*', 'datasets'],
  },
];

/** Folders of packages that run in Node only: their files may use its modules without saying so in their names. */
export const nodeOnly: readonly string[] = [
  'datasets',
  'packages/backend-cuda',
  'packages/backend-cuda-linux-x64',
  'packages/cli',
  'packages/create-family',
  'packages/models/testing',
];

const matches = (pattern: string, path: string): boolean =>
  pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;

/** The floor of a package, by its folder relative to the root. */
export function floorOf(path: string): Floor | undefined {
  return floors.find(({ paths }) => paths.some((pattern) => matches(pattern, path)));
}

/** Whether a package on `floor` may import the package in the folder `path`. */
export function mayImport(floor: Floor, path: string): boolean {
  return floor.mayImport.some((pattern) => matches(pattern, path));
}
