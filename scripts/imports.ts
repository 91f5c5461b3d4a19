/** Specifiers of the imports, the re-exports and the references to types of a TypeScript source. */
export function importsOf(source: string): readonly string[] {
  const statements = /^[ \t]*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]/gm;
  // Not those of examples in comments.
  const calls = /(?<!^[ \t]*(?:\*|\/\/).*)\bimport\(\s*['"]([^'"]+)['"]/gm;
  const references = /^\/\/\/ <reference types="([^"]+)"/gm;
  return [statements, calls, references].flatMap((pattern) =>
    Array.from(source.matchAll(pattern), (match) => match[1] ?? ''),
  );
}

/** Relative addresses of files that a TypeScript source makes from its own: `new URL('../data.json', import.meta.url)`. */
export function filesOf(source: string): readonly string[] {
  const addresses = /\bnew URL\(\s*['"`](\.{1,2}\/[^'"`$]*)[^)]*\bimport\.meta\.url\s*,?\s*\)/g;
  return Array.from(source.matchAll(addresses), (match) => match[1] ?? '');
}

/** `@scope/name/sub/path` -> `@scope/name`; `name/sub` -> `name`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
