import type { AnyModule, Layer } from '@convnet/layers';
import { inEvaluation } from '@convnet/layers';
import {
  captureGraph,
  ShapeError,
  formatShape,
  type Graph,
  type GraphStep,
  type Value,
} from '@convnet/tensor-core';

/** An extent of a value: a number, or that many for each element of the batch. */
export type Extent = number | { readonly perBatch: number };

/** What a network does with an input, in evaluation mode. */
export interface TracedNetwork {
  readonly graph: Graph;
  /** The path of the module that made a value. */
  readonly pathOf: ReadonlyMap<Value, string>;
  /** The extents of a value; as its shape, unless the batch is dynamic. */
  extentsOf(value: Value): readonly Extent[];
  /** Why a value cannot be had for every batch, or null. */
  fixedBy(value: Value): string | null;
}

/** Captures the network for a shape; `dynamicBatch`: for any number of elements along the first axis. */
export function traceNetwork(
  model: Layer,
  inputShape: readonly number[],
  dynamicBatch: boolean,
): TracedNetwork {
  const pathOf = new Map<Value, string>();
  if (!dynamicBatch) {
    const graph = capture(model, inputShape, pathOf);
    return { graph, pathOf, extentsOf: ({ shape }) => shape, fixedBy: () => null };
  }
  if (inputShape.length === 0) {
    throw new ShapeError('exportOnnx: an input without axes has no batch: leave dynamicBatch out');
  }
  // Not one: with a single element steps fall away that others need.
  const several = [Math.max(2, inputShape[0]!), ...inputShape.slice(1)];
  const graph = capture(model, several, pathOf);
  return { graph, pathOf, ...compareBatches(graph, model, several) };
}

function capture(model: Layer, shape: readonly number[], pathOf: Map<Value, string>): Graph {
  const running: string[] = [];
  const note = (step: GraphStep): void => {
    for (const output of step.outputs) pathOf.set(output, running[running.length - 1] ?? '');
  };
  return inEvaluation(model, () =>
    withPaths(model, running, () =>
      captureGraph((x) => model.forward(x), [{ shape, dtype: 'float32' }], note),
    ),
  );
}

/** Runs `body` with the paths of the modules whose forward is under way on `running`, the innermost last. */
function withPaths<T>(model: Layer, running: string[], body: () => T): T {
  const modules = new Map<AnyModule, string>();
  for (const [path, module] of model.namedModules()) {
    if (!modules.has(module)) modules.set(module, path);
  }
  const forwards = Array.from(modules, ([module, path]) => {
    // It is bound to its module, which made it a property of its own.
    const forward = module.forward as (...inputs: readonly unknown[]) => unknown;
    module.forward = (...inputs: readonly unknown[]): unknown => {
      running.push(path);
      try {
        return forward(...inputs);
      } finally {
        running.pop();
      }
    };
    return { module, forward };
  });
  try {
    return body();
  } finally {
    for (const { module, forward } of forwards) module.forward = forward;
  }
}

/** Tells what grows with the batch by a second capture, for one element more. */
function compareBatches(
  graph: Graph,
  model: Layer,
  inputShape: readonly number[],
): Pick<TracedNetwork, 'extentsOf' | 'fixedBy'> {
  const [batch, ...rest] = inputShape as [number, ...number[]];
  const larger = capture(model, [batch + 1, ...rest], new Map());
  const extents = new Map<Value, readonly Extent[]>();
  const fixed = new Map<Value, string>();
  const compare = (value: Value, other: Value): void => {
    const found = value.shape.map((extent, axis) => {
      const grown = other.shape[axis]!;
      if (extent === grown) return extent;
      const perBatch = grown - extent;
      return perBatch * batch === extent ? { perBatch } : null;
    });
    if (found.every((extent) => extent !== null) && value.shape.length === other.shape.length) {
      extents.set(value, found);
    } else {
      const shapes = `${formatShape(value.shape)} and ${formatShape(other.shape)}`;
      fixed.set(
        value,
        `its shapes for ${batch} and ${batch + 1} elements, ${shapes}, are not in proportion`,
      );
    }
  };
  graph.inputs.forEach((value, i) => compare(value, larger.inputs[i]!));
  graph.steps.forEach((step, i) => {
    const other = larger.steps[i];
    step.outputs.forEach((value, j) => {
      if (other?.operation.name !== step.operation.name) {
        fixed.set(value, 'what the network does depends on the batch');
        return;
      }
      compare(value, other.outputs[j]!);
      if (fixedAttributes(step) !== fixedAttributes(other)) {
        fixed.set(value, 'its attributes depend on the batch');
      }
    });
  });
  return {
    extentsOf: (value) => extents.get(value) ?? value.shape,
    fixedBy: (value) => fixed.get(value) ?? null,
  };
}

/** The attributes but for those that repeat the shape of the output, which is compared by itself. */
function fixedAttributes({ attributes, outputs }: GraphStep): string {
  const shape = JSON.stringify(outputs[0]?.shape);
  return JSON.stringify(
    Object.entries(attributes ?? {}).filter(([, value]) => JSON.stringify(value) !== shape),
  );
}
