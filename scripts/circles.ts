import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { importsOf } from './imports.ts';

/** Which files (or folders) each one uses, by path. */
export type ImportGraph = ReadonlyMap<string, Iterable<string>>;

/** The imports between the files of a folder that match some patterns, types included; paths are relative to it. */
export function importGraph(folder: string, patterns: readonly string[]): ImportGraph {
  const files = globSync(patterns, {
    cwd: folder,
    exclude: (name) => /^(?:node_modules|dist)$/.test(name),
  }).map((file) => file.replaceAll('\\', '/'));
  const known = new Set(files);
  return new Map(
    files.toSorted().map((file) => {
      const targets = importsOf(readFileSync(join(folder, file), 'utf8'))
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => join(dirname(file), specifier).replaceAll('\\', '/'));
      return [file, targets.filter((target) => known.has(target))];
    }),
  );
}

/**
 * The circles of a graph, each as a walk from a file back to itself: `a.ts`, `b.ts`, `a.ts`. One for each group of files
 * that all lead to each other, the shortest in it, so that none is left once there is no circle.
 */
export function circlesOf(graph: ImportGraph): readonly (readonly string[])[] {
  const circles: (readonly string[])[] = [];
  const found = new Set<string>();
  for (const file of graph.keys()) {
    if (found.has(file)) continue;
    // What leads from here and back again hangs on the same circle.
    const group = [...reached(graph, file)].filter((other) => reached(graph, other).has(file));
    if (group.length === 0) continue;
    for (const member of group) found.add(member);
    const ways = group.toSorted().map((member) => shortestWay(graph, member)!);
    circles.push(ways.reduce((best, way) => (way.length < best.length ? way : best)));
  }
  return circles;
}

/** All files that a file imports, and those that they import. */
function reached(graph: ImportGraph, file: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const next = [file];
  for (const here of next) {
    for (const target of graph.get(here) ?? []) {
      if (seen.has(target)) continue;
      seen.add(target);
      next.push(target);
    }
  }
  return seen;
}

function shortestWay(graph: ImportGraph, file: string): readonly string[] | null {
  const ways: (readonly string[])[] = [[file]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const target of graph.get(way.at(-1)!) ?? []) {
      if (target === file) return [...way, file];
      if (seen.has(target)) continue;
      seen.add(target);
      ways.push([...way, target]);
    }
  }
  return null;
}
