import type { Activation, ConvGeometry } from '../../backend.ts';
import type { Operation } from '../../operation.ts';
import { sameShape } from '../../shape.ts';
import type { GraphStep, Value } from '../graph.ts';
import { activationOf } from './activation-step.ts';
import type { Draft } from './draft.ts';

interface FusedAttributes extends ConvGeometry {
  readonly activation: Activation | null;
}

/** Inputs: x, weight, bias, residual. */
const fusedConvOperation: Operation<FusedAttributes> = {
  name: 'fusedConv',
  infer: () => {
    throw new TypeError('fusedConv is made by fusion, which knows its output');
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
  cost([, weight], outputs) {
    const y = outputs[0]!;
    const macs = (y.size / y.shape[1]!) * weight!.size;
    return { macs, flops: 2 * macs };
  },
};

/**
 * Joins to each convolution the sum with a residual and the activation that follow it, where nobody else
 * reads what lies between.
 */
export function fuseConvEpilogues(draft: Draft): void {
  for (let i = 0; i < draft.length; i++) {
    const conv = draft.operationAt(i);
    if (conv === null) continue;
    const { name } = conv.operation;
    if (name !== 'conv' && name !== 'fusedConv') continue;
    const attributes = { activation: null, ...(conv.attributes as ConvGeometry) };
    if (attributes.activation !== null) continue;
    const output = conv.outputs[0]!;
    const position = draft.onlyReaderOf(output);
    const reader = position === null ? null : draft.operationAt(position);
    if (position === null || reader === null) continue;
    const [x, weight, bias, before] = conv.inputs;
    const fused = (residual: Value | null, activation: Activation | null): GraphStep => ({
      operation: fusedConvOperation,
      attributes: { ...attributes, activation },
      inputs: [x!, weight!, bias ?? null, residual],
      outputs: reader.outputs,
      scalars: [],
    });
    const residual = residualOf(reader, output);
    if (residual !== null && !before) {
      // The sum may come later than the convolution: the residual must have been computed by then.
      if (!draft.canMove(i, position)) continue;
      draft.replace(position, fused(residual, null));
      draft.replace(i, null);
      continue;
    }
    const activation = activationOf(reader);
    if (activation === null || !draft.canMove(position, i)) continue;
    draft.replace(i, fused(before ?? null, activation));
    draft.replace(position, null);
  }
}

/** What a step adds to `value` element by element; null for another step. */
export function residualOf({ operation, inputs: [a, b] }: GraphStep, value: Value): Value | null {
  if (operation.name !== 'add' || !a || !b || !sameShape(a.shape, b.shape)) return null;
  return a === value ? b : a;
}
