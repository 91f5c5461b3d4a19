import { noGrad } from '../autograd.ts';
import type { Device } from '../device.ts';
import { runKernels, willReuse, type ResultMaker } from '../execute.ts';
import { Tensor } from '../tensor.ts';
import type { Graph, Value } from './graph.ts';

/** For each step, the values that no later step reads. */
function lastReads(graph: Graph): (readonly Value[])[] {
  const last = new Map<Value, number>();
  graph.steps.forEach((step, i) => {
    for (const output of step.outputs) last.set(output, i);
    for (const input of step.inputs)
      if (input !== null && input.constant === null) last.set(input, i);
  });
  for (const kept of [...graph.inputs, ...graph.outputs]) last.delete(kept);
  const ends: Value[][] = graph.steps.map(() => []);
  for (const [value, i] of last) ends[i]!.push(value);
  return ends;
}

/**
 * A function that runs a graph on a device. Each value is given back after the step that reads it last, so
 * no more memory is taken than the widest place of the graph needs.
 */
export function graphRunner(graph: Graph, device: Device): (inputs: readonly Tensor[]) => Tensor[] {
  const ends = lastReads(graph);
  for (const { inputs } of graph.steps) {
    for (const input of inputs) if (input?.constant) willReuse(input.constant);
  }
  const maker: ResultMaker = {
    device,
    make: (on, { shape, dtype }, storage) => new Tensor(on, shape, dtype, storage),
  };
  return (inputs) =>
    noGrad(() => {
      const live = new Map<Value, Tensor>();
      graph.inputs.forEach((value, i) => live.set(value, inputs[i]!));
      const tensorOf = (value: Value | null): Tensor | null =>
        value === null ? null : (value.constant ?? live.get(value)!);
      graph.steps.forEach((step, i) => {
        const given = step.inputs.map(tensorOf);
        const { operation, attributes, outputs, scalars } = step;
        const results = runKernels(maker, device, operation, given, attributes, outputs, scalars);
        results.forEach((result, o) => live.set(outputs[o]!, result));
        for (const value of ends[i]!) {
          live.get(value)?.dispose();
          live.delete(value);
        }
      });
      return graph.outputs.map((value) => tensorOf(value)!);
    });
}
