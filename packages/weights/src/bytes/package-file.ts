import { SourceError } from '../errors.ts';
import { environmentFolder, isNode, nodeModule } from '../platform.ts';
import { requirePlainName } from './plain-name.ts';

const location = /^npm:((?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*)$/i;

/** @internal Whether a text names an installed package, as `npm:@me/gestures`. */
export function isPackage(text: string): boolean {
  return /^npm:/i.test(text);
}

/**
 * @internal The path of the weights of an installed package, which `publish` wrote: its package.json says which file they are. Packages
 * are looked for as Node does, from the working folder and from the program's.
 * @throws SourceError where there is no such package, or it holds no weights; and in browsers.
 */
export async function packageFile(text: string): Promise<string> {
  const name = location.exec(text)?.[1];
  if (name === undefined) {
    throw new SourceError('missing', text, 'expected npm: and the name of a package');
  }
  if (!isNode) {
    throw new SourceError(
      'missing',
      text,
      'packages are found by their names in Node only: import `weights` of the package, which is a URL',
    );
  }
  const [{ createRequire }, { join, dirname }] = await Promise.all([
    nodeModule('node:module'),
    nodeModule('node:path'),
  ]);
  const { working, program } = environmentFolder();
  const places = [join(working, 'program.js'), ...(program === undefined ? [] : [program])];
  for (const place of places) {
    const found = tried(() => createRequire(place).resolve(`${name}/package.json`));
    if (found === null) continue;
    return weightsIn(dirname(found), text);
  }
  throw new SourceError('missing', text, `no such package is installed for ${working}`);
}

/**
 * The path of the weights of a folder that `publish` wrote, which its package.json names.
 * @throws SourceError for a folder without.
 */
export async function weightsIn(folder: string, text: string): Promise<string> {
  const [{ join }, { readFile }] = await Promise.all([
    nodeModule('node:path'),
    nodeModule('node:fs/promises'),
  ]);
  const manifest = await readFile(join(folder, 'package.json')).catch((cause: unknown) => {
    const message =
      'is a folder without package.json: expected a file of weights, or the folder of a package with some';
    throw new SourceError('unreadable', text, message, { cause });
  });
  // The decoder leaves out a mark of the encoding, which npm and Node take, too.
  const file = named(new TextDecoder().decode(manifest));
  if (typeof file !== 'string') {
    throw new SourceError('missing', text, 'its package.json names no weights of convnet');
  }
  requirePlainName(file, text);
  return join(folder, file);
}

/** What a package.json names as its weights. */
function named(manifest: string): unknown {
  try {
    const { convnet } = JSON.parse(manifest) as {
      readonly convnet?: { readonly weights?: unknown };
    };
    return convnet?.weights;
  } catch {
    return undefined;
  }
}

function tried(resolve: () => string): string | null {
  try {
    return resolve();
  } catch {
    return null;
  }
}
