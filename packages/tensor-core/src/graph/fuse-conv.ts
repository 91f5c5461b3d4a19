import type { ConvEpilogue, ConvGeometry } from '../backend.ts';
import type { Operation } from '../operation.ts';
import { pointwiseRows } from '../ops/pointwise-table.ts';
import { sameShape } from '../shape.ts';
import { countUses, type Graph, type GraphStep, type Value } from './graph.ts';

interface FusedAttributes extends ConvGeometry {
  readonly activation: ConvEpilogue['activation'];
}

/** Inputs: x, weight, bias, residual. */
const fusedConvOperation: Operation<FusedAttributes> = {
  name: 'fusedConv',
  infer: () => {
    throw new TypeError('fusedConv is made by fuseConv, which knows its output');
  },
  run: (kernels, [x, weight, bias, residual], { activation, ...geometry }, out) => [
    kernels.fusedConv!(
      x!,
      weight!,
      bias ?? null,
      geometry,
      { residual: residual ?? null, activation },
      out[0]!,
    ),
  ],
  saves: () => ({ inputs: [], outputs: [] }),
  cost([, weight], outputs) {
    const y = outputs[0]!;
    const macs = (y.size / y.shape[1]!) * weight!.size;
    return { macs, flops: 2 * macs };
  },
};

/** Functions of one tensor that keep its type: what may stand at the end of a convolution. */
function isActivation(step: GraphStep): boolean {
  const row = pointwiseRows[step.operation.name];
  return (
    row !== undefined && row.inputs === 1 && row.result !== 'bool' && row.gradient !== undefined
  );
}

/**
 * @internal Joins to each convolution the sum with a residual and the activation that follow it, where nobody else
 * reads what lies between.
 */
export function fuseConv(graph: Graph): Graph {
  const uses = countUses(graph);
  const steps: GraphStep[] = [];
  /** The place in `steps` of the convolution that ends in a value. */
  const endsAt = new Map<Value, number>();
  const join = (
    position: number,
    last: GraphStep,
    change: Partial<FusedAttributes>,
    residual: Value | null,
  ): void => {
    const conv = steps[position]!;
    const attributes = { activation: null, ...(conv.attributes as ConvGeometry) };
    const [x, weight, bias, before] = conv.inputs;
    // The sum may come later than the convolution: the residual must have been computed by then.
    steps.splice(position, 1);
    steps.push({
      operation: fusedConvOperation,
      attributes: { ...attributes, ...change },
      inputs: [x!, weight!, bias ?? null, residual ?? before ?? null],
      outputs: last.outputs,
      scalars: [],
    });
    for (const [value, at] of endsAt) if (at > position) endsAt.set(value, at - 1);
    endsAt.set(last.outputs[0]!, steps.length - 1);
  };
  const open = (value: Value | null | undefined): number | null => {
    if (!value || uses.get(value) !== 1) return null;
    const position = endsAt.get(value);
    if (position === undefined) return null;
    const activation = (steps[position]!.attributes as Partial<FusedAttributes>).activation ?? null;
    return activation === null ? position : null;
  };
  for (const step of graph.steps) {
    const [a, b] = step.inputs;
    const { name } = step.operation;
    if (name === 'add' && sameShape(a!.shape, b!.shape)) {
      const second = open(b);
      const first = open(a);
      const hasResidual = (at: number): boolean => (steps[at]!.inputs[3] ?? null) !== null;
      if (second !== null && !hasResidual(second)) {
        join(second, step, {}, a!);
        continue;
      }
      if (first !== null && !hasResidual(first)) {
        join(first, step, {}, b!);
        continue;
      }
    }
    const position = isActivation(step) ? open(a) : null;
    if (position !== null) {
      const { scalars } = step.attributes as { readonly scalars: readonly number[] };
      join(position, step, { activation: { name, scalars } }, null);
      continue;
    }
    steps.push(step);
    if (name === 'conv') endsAt.set(step.outputs[0]!, steps.length - 1);
  }
  return { ...graph, steps };
}
