/** What the files of a Rust crate use of each other. */

/** `a::b::{c, d::e}` -> `a::b::c`, `a::b::d::e`. Names after `as` are left out. */
function pathsOf(tree: string): string[] {
  const text = tree.replaceAll(/\s+as\s+\w+/g, '').replaceAll(/\s+/g, '');
  const open = text.indexOf('{');
  if (open < 0) return [text];
  const parts: string[] = [''];
  let depth = 0;
  for (const character of text.slice(open + 1, text.lastIndexOf('}'))) {
    if (character === '{') depth++;
    if (character === '}') depth--;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.filter((part) => part !== '').flatMap((part) => pathsOf(text.slice(0, open) + part));
}

/** Removes comments; the text of strings stays, and names no paths in this crate. */
function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/[^\n]*/g, '');
}

/**
 * The paths from the root of the crate that a source names, such as `crate::a::b::C`, `super::b::{C, D}` or
 * `self::e::F`, as `a::b::C`.
 *
 * @param module The path of the source's own module: `a::b` for `src/a/b.rs`, `a` for `src/a/mod.rs`, '' for the root.
 */
export function rustPathsOf(source: string, module: string): string[] {
  const code = withoutComments(source);
  const trees =
    /\b((?:crate|self|(?:super::)*super)(?:::\w+)*(?:::(?:\w+|\*|\{(?:[^{};]|\{(?:[^{};]|\{[^{};]*\})*\})*\})))/g;
  return Array.from(code.matchAll(trees), ([tree]) => tree)
    .flatMap(pathsOf)
    .map((path) => {
      const steps = path.split('::');
      const own = module === '' ? [] : module.split('::');
      if (steps[0] === 'crate') return steps.slice(1).join('::');
      if (steps[0] === 'self') return [...own, ...steps.slice(1)].join('::');
      const ups = steps.findIndex((step) => step !== 'super');
      return [...own.slice(0, Math.max(0, own.length - ups)), ...steps.slice(ups)].join('::');
    });
}

/** `a/b.rs` -> `a::b`, `a/mod.rs` -> `a`, `lib.rs` -> ''. */
function moduleOf(file: string): string {
  return file
    .replace(/\.rs$/, '')
    .replace(/(?:^|\/)(?:mod|lib)$/, '')
    .replaceAll('/', '::');
}

/**
 * Which file uses which.
 *
 * @param sources The files of the crate by their path within `src`.
 */
export function rustImports(sources: ReadonlyMap<string, string>): Map<string, Set<string>> {
  const files = new Map(Array.from(sources.keys(), (file) => [moduleOf(file), file]));
  const fileOf = (path: string): string | undefined => {
    for (let steps = path.split('::'); steps.length > 0; steps = steps.slice(0, -1)) {
      const file = files.get(steps.join('::'));
      if (file !== undefined) return file;
    }
    return undefined;
  };
  return new Map(
    Array.from(sources, ([file, source]) => {
      const used = rustPathsOf(source, moduleOf(file)).map(fileOf);
      return [file, new Set(used.filter((other) => other !== undefined && other !== file))] as [
        string,
        Set<string>,
      ];
    }),
  );
}

/** The same between folders; a file at the root stands for itself. */
export function betweenFolders(
  imports: ReadonlyMap<string, Iterable<string>>,
): Map<string, Set<string>> {
  const folderOf = (file: string): string => file.split('/')[0]!;
  const folders = new Map<string, Set<string>>();
  for (const [file, used] of imports) {
    const folder = folderOf(file);
    const others = folders.get(folder) ?? new Set();
    for (const other of used) if (folderOf(other) !== folder) others.add(folderOf(other));
    folders.set(folder, others);
  }
  return folders;
}
