import { createHash } from 'node:crypto';
import type { AnyModule } from '../../packages/layers/src/index.ts';
import { build, type Family } from '../../packages/models/testing/src/family.ts';

/** `layer1.0.conv1.weight` and its kin as `layer1.#.conv1.weight`, each with how many there are. */
function kinsOf(keys: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const key of keys) {
    const kin = key.replaceAll(/(?<=^|\.)\d+(?=\.)/g, '#');
    counts.set(kin, (counts.get(kin) ?? 0) + 1);
  }
  return Array.from(counts, ([kin, count]) => (count === 1 ? `  ${kin}` : `  ${kin} x${count}`));
}

function hashOf(model: AnyModule): string {
  const entries = Array.from(
    model.stateDict(),
    ([key, { shape, dtype }]) => `${key}:${dtype}:${shape.join()}`,
  );
  const hash = createHash('sha256').update(entries.join('\n')).digest('hex');
  return `${entries.length} entries, ${hash.slice(0, 16)}`;
}

/**
 * The state dicts of a family: for each builder a hash of keys, types and shapes in every rank, in their order, and to read
 * the keys, with those that differ in numbers only as one. Files of weights fit as long as it stays.
 */
export function stateDicts(family: Family): string {
  const lines = Object.keys(family.builders).flatMap((name) => {
    const models = family.ranks.map((dims) => [dims, build(family, name, { dims })] as const);
    const keys = [...models[0]![1].stateDict().keys()];
    return [
      ...models.map(([dims, model]) => `${name} ${dims}D: ${hashOf(model)}`),
      ...kinsOf(keys),
    ];
  });
  return `${lines.join('\n')}\n`;
}
