import type { Layer } from '@convnet/layers';
import type { Graph, GraphStep, Tensor, Value } from '@convnet/tensor-core';

/** The first name of each tensor in the state dict. */
export function stateNames(network: Layer): ReadonlyMap<Tensor, string> {
  const names = new Map<Tensor, string>();
  for (const [name, tensor] of network.stateDict()) {
    if (!names.has(tensor)) names.set(tensor, name);
  }
  return names;
}

/** Names of weights that have taken in a batch norm: those of the convolution. */
export function foldedNames(
  network: Layer,
  before: Graph,
  after: Graph,
): ReadonlyMap<Tensor, string> {
  const own = stateNames(network);
  const makers = new Map<Value, GraphStep>();
  for (const step of before.steps) for (const output of step.outputs) makers.set(output, step);
  const names = new Map<Tensor, string>();
  for (const step of after.steps) {
    const made = makers.get(step.outputs[0]!)!;
    if (made.operation === step.operation) continue;
    const conv = makers.get(made.inputs[0]!)!;
    const weight = own.get(conv.inputs[1]!.constant!);
    if (weight === undefined) continue;
    names.set(step.inputs[1]!.constant!, weight);
    names.set(step.inputs[2]!.constant!, weight.replace(/[^.]*$/, 'bias'));
  }
  return names;
}
