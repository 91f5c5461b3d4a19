import type { Graph, GraphStep, Value } from '@convnet/tensor-core';

import type { ActivationName } from './operators.ts';

/** Steps whose operators have an activation of their own. */
const carriers: ReadonlySet<string> = new Set(['conv', 'matmul', 'add']);

/** A step with the activation that follows it. */
export interface FusedStep {
  readonly step: GraphStep;
  readonly activation: ActivationName;
  /** What comes out, behind the activation. */
  readonly output: Value;
}

/** The activation that a step is, or null for anything else. */
export function activationOf({ operation, attributes }: GraphStep): 'relu' | 'relu6' | null {
  if (operation.name === 'relu') return 'relu';
  if (operation.name !== 'hardtanh') return null;
  const [low, high] = (attributes as { readonly scalars: readonly number[] }).scalars;
  return low === 0 && high === 6 ? 'relu6' : null;
}

/** The steps of a graph, in which operators take in the activation behind them where nothing else reads between the two. */
export function fuseActivations(graph: Graph): FusedStep[] {
  const reads = new Map<Value, number>();
  for (const value of [...graph.steps.flatMap(({ inputs }) => inputs), ...graph.outputs]) {
    if (value !== null) reads.set(value, (reads.get(value) ?? 0) + 1);
  }
  const fused: FusedStep[] = [];
  for (const step of graph.steps) {
    const activation = activationOf(step);
    const before = fused.findIndex(({ output }) => output === step.inputs[0]);
    const carrier = fused[before];
    const output = step.outputs[0]!;
    const isTaken =
      activation !== null &&
      carrier !== undefined &&
      carrier.activation === 'none' &&
      carriers.has(carrier.step.operation.name) &&
      reads.get(carrier.output) === 1;
    if (isTaken) fused[before] = { step: carrier.step, activation, output };
    else fused.push({ step, activation: 'none', output });
  }
  return fused;
}
