import type { PoolAxis } from '../../backend.ts';
import type { Operation } from '../../operation.ts';
import { windowAxes, type Windows } from '../../ops/pool-windows.ts';
import { sameShape } from '../../shape.ts';
import type { GraphStep, Value } from '../graph.ts';
import type { Draft } from './draft.ts';
import { chainOf } from './pointwise-chain.ts';

interface PoolGradAttributes {
  readonly windows: Windows;
  /** Of the input of the pooling. */
  readonly shape: readonly number[];
}

/** The gradient of an average over all positions, at one of them: the others have the same. */
const globalAvgPoolGradOperation: Operation<PoolGradAttributes> = {
  name: 'globalAvgPoolGrad',
  infer: () => {
    throw new TypeError('globalAvgPoolGrad is made by fusion, which knows its output');
  },
  run: (kernels, [dy], { windows, shape }, out) => [
    kernels.avgPoolGrad(
      dy!,
      windowAxes('avgPool', windows, shape).map(({ count }) => oneElement(count)),
      out[0]!,
    ),
  ],
  cost: (_, outputs) => ({ macs: 0, flops: outputs[0]!.size }),
};

/** Axes by what they divide by: backends keep by identity what they make of them. */
const axes = new Map<number, PoolAxis>();

/** A window of one element that counts for as many. */
function oneElement(count: Float32Array): PoolAxis {
  const elements = count[0]!;
  let axis = axes.get(elements);
  if (axis === undefined) {
    axis = { start: Int32Array.of(0), end: Int32Array.of(1), step: 1, count: count.slice() };
    axes.set(elements, axis);
  }
  return axis;
}

/** What a step repeats along axes of extent 1, and the step that is left of it; null where it does something else. */
function repeatedBy(
  step: GraphStep,
): { readonly value: Value; readonly rest: GraphStep | null } | null {
  const [x] = step.inputs as readonly Value[];
  if (step.operation.name === 'expand') return { value: x!, rest: null };
  if (step.operation.name !== 'avgPoolGrad') return null;
  const { windows, shape } = step.attributes as PoolGradAttributes;
  const isGlobal = windowAxes('avgPool', windows, shape).every(
    ({ start, end }, i) => start.length === 1 && start[0] === 0 && end[0] === shape[i + 2],
  );
  if (!isGlobal) return null;
  const value: Value = { ...x!, constant: null };
  const operation = globalAvgPoolGradOperation as Operation<unknown>;
  return { value, rest: { ...step, operation, outputs: [value] } };
}

/**
 * Has pointwise steps read what was repeated for them along axes, such as the gradient of a mean, as it was before: they repeat
 * by themselves.
 */
export function readRepeatedOperands(draft: Draft): void {
  for (let position = 0; position < draft.length; position++) {
    const step = draft.operationAt(position);
    const output = step?.outputs[0];
    if (!step || output?.dtype !== 'float32' || draft.isOutput(output)) continue;
    const found = repeatedBy(step);
    if (found === null || draft.valuesOn(draft.memoryOf(output)).length > 1) continue;
    const readers = [...new Set(draft.readersOf(output))];
    const allRepeat = readers.every((reader) => {
      const { inputs, outputs, ...rest } = draft.operationAt(reader)!;
      return (
        chainOf({ inputs, outputs, ...rest }) !== null &&
        // One operand at least must keep the shape.
        inputs.some(
          (input) => input !== output && input && sameShape(input.shape, outputs[0]!.shape),
        ) &&
        (found.rest !== null || draft.staysSame(found.value, position, reader))
      );
    });
    if (readers.length === 0 || !allRepeat) continue;
    draft.replace(position, found.rest);
    draft.rename(output, found.value, position);
  }
}
