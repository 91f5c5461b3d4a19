/** What a step reads and makes; the host's own steps do neither. */
interface Reading<V> {
  readonly inputs: readonly (V | null)[];
  readonly outputs: readonly V[];
}

/**
 * For each step, the values made in the sequence that no later step reads and that are not `kept`.
 * @internal
 */
export function lastReads<V>(
  steps: readonly (Reading<V> | object)[],
  kept: readonly V[],
): (readonly V[])[] {
  const last = new Map<V, number>();
  steps.forEach((step, i) => {
    if (!('outputs' in step)) return;
    for (const output of step.outputs) last.set(output, i);
    for (const input of step.inputs) if (input !== null && last.has(input)) last.set(input, i);
  });
  for (const value of kept) last.delete(value);
  const ends: V[][] = steps.map(() => []);
  for (const [value, i] of last) ends[i]!.push(value);
  return ends;
}
