import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The entry of an npm package that is installed beside this one, or in the project that the command runs in; null without it. */
export function findPackage(name: string): string | null {
  const places = [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json')).href];
  for (const place of places) {
    try {
      return createRequire(place).resolve(name);
    } catch {
      // Not there, or it is for `import` alone: the next place.
    }
  }
  return null;
}
