import { readFileSync } from 'node:fs';

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const read = (url: URL): Manifest => JSON.parse(readFileSync(url, 'utf8')) as Manifest;

/** Versions of the packages of this repository that the benchmarks use, by name. */
export function packageVersions(): Readonly<Record<string, string>> {
  const { dependencies = {} } = read(new URL('../../package.json', import.meta.url));
  return Object.fromEntries(
    Object.keys(dependencies)
      .filter((name) => name.startsWith('@convnet/'))
      .map((name) => [
        name,
        read(new URL(`../../node_modules/${name}/package.json`, import.meta.url)).version,
      ]),
  );
}
