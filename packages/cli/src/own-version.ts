import { readFileSync } from 'node:fs';

/** Version of the package, in the repository as in what is published. */
export function ownVersion(): string {
  const path = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version;
}
