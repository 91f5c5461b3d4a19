/**
 * Checks the direction of imports: every package imports only from the floors below it (`floors.ts`) and
 * only what its package.json declares, no file reaches into another package by a relative path or address, and in
 * the libraries only files that say so in their name use Node's own modules. A dependency that nothing
 * imports is an error too: users would install it for nothing. Nor is there a circle of imports between files, types
 * included, in any package or script; in a Rust crate, not between folders either.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { circlesOf, importGraph } from './circles.ts';
import { floorOf, mayImport, nodeOnly, type Floor } from './floors.ts';
import { filesOf, importsOf, packageOf } from './imports.ts';
import { betweenFolders, rustImports } from './rust-imports.ts';
import { report, root, workspacePackages, type WorkspacePackage } from './workspace.ts';

const packages = workspacePackages();
const byName = new Map(packages.map((found) => [found.json.name, found]));

/** `worker-node.ts`, `node/files.ts`; `platform.ts` tells Node and the browser apart. */
const saysNode = /(?:^|[-./])(?:node|platform)(?:[-./]|$)/;

function checkImport(
  { path, folder, json }: WorkspacePackage,
  floor: Floor,
  file: string,
  specifier: string,
): string | undefined {
  const isTest = /\.test\.ts$|\/testing\/|\/fixtures\//.test(file);
  if (specifier.startsWith('.')) {
    const target = relative(folder, join(dirname(file), specifier));
    return target.startsWith('..') ? `leaves its package with '${specifier}'` : undefined;
  }
  if (specifier.startsWith('node:')) {
    const free =
      isTest ||
      json.private === true ||
      nodeOnly.includes(path) ||
      saysNode.test(relative(folder, file));
    return free
      ? undefined
      : `uses '${specifier}', but its name has neither "node" nor "platform" in it`;
  }
  const name = packageOf(specifier);
  if (name === json.name) return `imports its own package '${name}'; use a relative path`;
  const declared = {
    ...json.dependencies,
    ...json.peerDependencies,
    ...json.optionalDependencies,
    ...(isTest ? json.devDependencies : {}),
  };
  const target = byName.get(name);
  if (target === undefined) {
    const known = name in declared || (isTest && name === 'vitest');
    return known ? undefined : `imports '${name}', which its package.json does not declare`;
  }
  if (!(name in declared)) {
    return `imports '${name}', which its package.json does not list under dependencies`;
  }
  if (!isTest && !mayImport(floor, target.path)) {
    return `imports '${name}', which is not on a floor below ${path}`;
  }
  return undefined;
}

function checkPackage(found: WorkspacePackage): readonly string[] {
  const floor = floorOf(found.path);
  if (floor === undefined)
    return [`${found.path}: stands on no floor; add it to scripts/floors.ts`];
  const files = globSync('src/**/*.ts', { cwd: found.folder }).map((file) => {
    const source = readFileSync(join(found.folder, file), 'utf8');
    return {
      file: join(found.folder, file),
      specifiers: importsOf(source),
      addresses: filesOf(source),
    };
  });
  const imported = new Set(files.flatMap(({ specifiers }) => specifiers.map(packageOf)));
  return [
    ...files.flatMap(({ file, specifiers }) =>
      specifiers
        .map((specifier) => checkImport(found, floor, file, specifier))
        .filter((problem) => problem !== undefined)
        .map((problem) => `${relative(root, file)} ${problem}`),
    ),
    ...files.flatMap(({ file, addresses }) =>
      addresses
        .filter((address) => relative(found.folder, join(dirname(file), address)).startsWith('..'))
        .map((address) => `${relative(root, file)} reaches out of its package to '${address}'`),
    ),
    ...Object.keys(found.json.dependencies ?? {})
      .filter((name) => found.json.private !== true || name.startsWith('@convnet/'))
      .filter((name) => !imported.has(name))
      .map((name) => `${found.path}/package.json lists '${name}', which nothing there imports`),
  ];
}

/** Circles between the files of packages and scripts. */
function checkCircles(): readonly string[] {
  const folders = [
    ...packages.flatMap(({ path }) => [`${path}/src`, `${path}/scripts`]),
    'scripts',
  ];
  const graph = importGraph(
    root,
    folders.map((folder) => `${folder}/**/*.ts`),
  );
  return circlesOf(graph).map((circle) => `a circle of imports: ${circle.join(' -> ')}`);
}

/** Circles in a package's crate, which stands in its folder `rust`: between its files, and between its folders. */
function checkCrate({ path, folder }: WorkspacePackage): readonly string[] {
  const sources = join(folder, 'rust/src');
  const files = globSync('**/*.rs', { cwd: sources }).toSorted();
  const imports = rustImports(
    new Map(files.map((file) => [file, readFileSync(join(sources, file), 'utf8')])),
  );
  return [imports, betweenFolders(imports)]
    .flatMap(circlesOf)
    .map((circle) => `${path}/rust/src: a circle of imports: ${circle.join(' -> ')}`);
}

report('imports', [
  ...packages.flatMap((found) => [...checkPackage(found), ...checkCrate(found)]),
  ...checkCircles(),
]);
