import type { PackageJson } from './workspace.ts';

/** Files that the published package.json names: entry points, types and commands. Patterns are passed over. */
export function publishedFiles({ publishConfig = {} }: PackageJson): readonly string[] {
  const { main, types, exports = {}, bin = {} } = publishConfig;
  const entries = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  const named = [main, types, ...entries, ...Object.values(bin)];
  return [...new Set(named.filter((file) => file !== undefined))].filter(
    (file) => !file.includes('*'),
  );
}
