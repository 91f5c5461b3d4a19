/** Circles in a graph of what imports what: of nodes that all reach each other, the shortest walk around some of them. */
export function circlesOf(imports: ReadonlyMap<string, Iterable<string>>): readonly string[][] {
  return together(imports)
    .filter((group) => group.length > 1 || [...(imports.get(group[0]!) ?? [])].includes(group[0]!))
    .map((group) => walkAround(imports, group));
}

/**
 * Nodes that reach each other, in groups. R. Tarjan, "Depth-first search and linear graph algorithms", SIAM Journal on
 * Computing 1 (1972), section 4.
 */
function together(imports: ReadonlyMap<string, Iterable<string>>): string[][] {
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const groups: string[][] = [];
  const visit = (node: string): number => {
    const number = numbers.size;
    numbers.set(node, number);
    lowest.set(node, number);
    open.push(node);
    for (const target of imports.get(node) ?? []) {
      const reached = numbers.has(target)
        ? open.includes(target)
          ? numbers.get(target)!
          : Infinity
        : visit(target);
      lowest.set(node, Math.min(lowest.get(node)!, reached));
    }
    if (lowest.get(node) === number) groups.push(open.splice(open.indexOf(node)));
    return lowest.get(node)!;
  };
  for (const node of imports.keys()) if (!numbers.has(node)) visit(node);
  return groups;
}

/** The shortest walk within a group back to where it began. */
function walkAround(imports: ReadonlyMap<string, Iterable<string>>, group: string[]): string[] {
  const walks = group.toSorted().map((first) => walkFrom(first, imports, group));
  return walks.toSorted((a, b) => a.length - b.length)[0]!;
}

function walkFrom(
  first: string,
  imports: ReadonlyMap<string, Iterable<string>>,
  group: readonly string[],
): string[] {
  let walks = [[first]];
  const seen = new Set<string>();
  for (;;) {
    const longer: string[][] = [];
    for (const walk of walks) {
      for (const next of imports.get(walk.at(-1)!) ?? []) {
        if (next === first) return walk;
        if (seen.has(next) || !group.includes(next)) continue;
        seen.add(next);
        longer.push([...walk, next]);
      }
    }
    walks = longer;
  }
}
