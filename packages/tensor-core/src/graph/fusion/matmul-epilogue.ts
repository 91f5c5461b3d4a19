import type { Activation } from '../../backend.ts';
import type { Operation } from '../../operation.ts';
import type { GraphStep } from '../graph.ts';
import { activationOf } from './activation-step.ts';
import { residualOf } from './conv-epilogue.ts';
import type { Draft } from './draft.ts';

interface FusedAttributes {
  readonly a: boolean;
  readonly b: boolean;
  readonly activation: Activation | null;
}

/** Inputs: a, b, bias, residual. */
const fusedMatmulOperation: Operation<FusedAttributes> = {
  name: 'fusedMatmul',
  infer: () => {
    throw new TypeError('fusedMatmul is made by fusion, which knows its output');
  },
  run: (kernels, [a, b, bias, residual], { activation, ...transpose }, out) => [
    kernels.fusedMatmul!(
      a!,
      b!,
      bias ?? null,
      transpose,
      { residual: residual ?? null, activation },
      out[0]!,
    ),
  ],
  cost([a], outputs, { a: isTransposed }) {
    const { shape } = a!;
    const macs = outputs[0]!.size * shape[shape.length - (isTransposed ? 2 : 1)]!;
    return { macs, flops: 2 * macs };
  },
};

/** Joins to each product the sum with a residual and the activation that follow it, where nobody else reads what lies between. */
export function fuseMatmulEpilogues(draft: Draft): void {
  for (let i = 0; i < draft.length; i++) {
    const product = draft.operationAt(i);
    if (product === null) continue;
    const { name } = product.operation;
    if (name !== 'matmul' && name !== 'fusedMatmul') continue;
    const attributes = { activation: null, ...(product.attributes as Partial<FusedAttributes>) };
    const output = product.outputs[0]!;
    if (attributes.activation !== null || output.dtype !== 'float32') continue;
    const position = draft.onlyReaderOf(output);
    const reader = position === null ? null : draft.operationAt(position);
    if (position === null || reader === null) continue;
    const [a, b, bias, before] = product.inputs;
    const joined = (residual: typeof before, activation: Activation | null): GraphStep => ({
      operation: fusedMatmulOperation,
      attributes: { ...attributes, activation },
      inputs: [a!, b!, bias ?? null, residual ?? null],
      outputs: reader.outputs,
      scalars: [],
    });
    const residual = residualOf(reader, output);
    if (residual !== null && !before) {
      // The sum may come later than the product: the residual must have been computed by then.
      if (!draft.canMove(i, position)) continue;
      draft.replace(position, joined(residual, null));
      draft.replace(i, null);
      continue;
    }
    const activation = activationOf(reader);
    if (activation === null || !draft.canMove(position, i)) continue;
    draft.replace(i, joined(before, activation));
    draft.replace(position, null);
  }
}
