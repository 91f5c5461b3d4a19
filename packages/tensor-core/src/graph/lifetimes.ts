import { isOperation, type Sequence, type Value } from './graph.ts';

/** For each step, the values made in the sequence that no later step reads and that are no outputs. */
export function lastReads({ steps, outputs }: Sequence): (readonly Value[])[] {
  const last = new Map<Value, number>();
  steps.forEach((step, i) => {
    if (!isOperation(step)) return;
    for (const output of step.outputs) last.set(output, i);
    for (const input of step.inputs) if (input !== null && last.has(input)) last.set(input, i);
  });
  for (const output of outputs) last.delete(output);
  const ends: Value[][] = steps.map(() => []);
  for (const [value, i] of last) ends[i]!.push(value);
  return ends;
}
