/** How a version goes up, the least first. */
export const bumps = ['none', 'patch', 'minor', 'major'] as const;
export type Bump = (typeof bumps)[number];

const isLess = (a: Bump, b: Bump): boolean => bumps.indexOf(a) < bumps.indexOf(b);

/** The lines of `before` that are no longer in `after`, or not in their order. */
export function lostLines(before: string, after: string): readonly string[] {
  const left = after.split('\n');
  let next = 0;
  return before.split('\n').filter((line) => {
    const found = left.indexOf(line, next);
    if (found >= 0) next = found + 1;
    return found < 0;
  });
}

/**
 * How the version has to go up for a change of what users build on: where something was taken away or altered, it may break
 * them, which before version 1 is a minor change; where something was added only, any change of the version will do.
 */
export function neededBump(version: string, before: string, after: string): Bump {
  if (before === after) return 'none';
  if (lostLines(before, after).length === 0) return 'patch';
  return version.startsWith('0.') ? 'minor' : 'major';
}

/** What the changesets ask for, by the name of the package: the greatest where several name it. */
export function askedBumps(changesets: readonly string[]): ReadonlyMap<string, Bump> {
  const asked = new Map<string, Bump>();
  for (const text of changesets) {
    const front = /^---\n(.*?)^---$/ms.exec(text)?.[1] ?? '';
    for (const [, name, bump] of front.matchAll(/^['"]?([^'":]+)['"]?:\s*(patch|minor|major)$/gm)) {
      if (isLess(asked.get(name!) ?? 'none', bump as Bump)) asked.set(name!, bump as Bump);
    }
  }
  return asked;
}

/** A change of a package's surface. */
export interface Change {
  readonly name: string;
  readonly version: string;
  /** What changed: 'types'. */
  readonly kind: string;
  readonly before: string;
  readonly after: string;
}

/** A line for each change that no changeset announces, or not as what it is. */
export function unannounced(
  changes: readonly Change[],
  asked: ReadonlyMap<string, Bump>,
): readonly string[] {
  return changes.flatMap(({ name, version, kind, before, after }) => {
    const needed = neededBump(version, before, after);
    const given = asked.get(name) ?? 'none';
    if (!isLess(given, needed)) return [];
    const lost = lostLines(before, after);
    const first = (lost[0] ?? lostLines(after, before)[0] ?? '').trim();
    const what =
      lost.length > 0
        ? `were changed or taken away, the first "${first}"`
        : `were added to, first "${first}"`;
    const got = given === 'none' ? 'no changeset names it' : `its changesets say ${given}`;
    return [
      `${name}: its ${kind} ${what}: expected a changeset with at least ${needed}, but ${got}; run "pnpm changeset"`,
    ];
  });
}
