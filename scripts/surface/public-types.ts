import { join } from 'node:path';
import { build } from 'tsdown';
import { root, type WorkspacePackage } from '../workspace.ts';

/** Comments, and the marks of the files that declarations came from. */
const comments = /^[ \t]*\/\*[\s\S]*?\*\/\n?|^[ \t]*\/\/.*\n/gm;

/** The name that a declaration is sorted by: what follows its keywords. */
function nameOf(declaration: string): string {
  const keywords =
    /^(?:export |declare |abstract |default |async )*(?:class|interface|type|function|const|let|enum)\s+/;
  return declaration.replace(keywords, '');
}

/**
 * The declarations of a `.d.ts` file without comments, in the order of their names: where a declaration stands, users do not
 * see.
 */
export function sortedDeclarations(text: string): string {
  const lines = text.replaceAll(comments, '').split('\n');
  const declarations: string[] = [];
  for (const line of lines) {
    // A declaration goes on in lines that are indented, or close what it opened.
    if (/^[a-z]/.test(line) || declarations.length === 0) declarations.push(line);
    else declarations.push(`${declarations.pop()!}\n${line}`);
  }
  const byName = (a: string, b: string): number => (nameOf(a) < nameOf(b) ? -1 : 1);
  return `${declarations
    .map((each) => each.trimEnd())
    .filter((each) => each !== '')
    .toSorted(byName)
    .join('\n')}\n`;
}

async function rolledTypes(folder: string, entry: string): Promise<string> {
  const bundles = await build({
    config: false,
    cwd: folder,
    entry: { index: entry },
    root: 'src',
    format: 'esm',
    platform: 'neutral',
    write: false,
    logLevel: 'error',
    dts: { oxc: true, emitDtsOnly: true },
    tsconfig: join(root, 'tsconfig.json'),
  });
  const chunks = bundles.flatMap(({ chunks }) => chunks).filter((chunk) => chunk.type === 'chunk');
  const [only, ...rest] = chunks;
  if (only === undefined || rest.length > 0) {
    throw new Error(`${folder}: expected one file of types for ${entry}, got ${chunks.length}`);
  }
  return only.code;
}

/**
 * The public types of a package: for each entry point all that it exports and what that names, in one file, as a user's
 * compiler reads it. What is marked `@internal` is part of it, because the other packages of the house, whose versions are
 * their own, call it.
 */
export async function publicTypes({ folder, json }: WorkspacePackage): Promise<string> {
  const entries = Object.entries(json.exports ?? {}).filter(([, file]) => file.endsWith('.ts'));
  const parts: string[] = [];
  for (const [entry, file] of entries) {
    const name = json.name + entry.slice(1);
    parts.push(`// ${name}\n\n${sortedDeclarations(await rolledTypes(folder, file))}`);
  }
  return parts.join('\n');
}
