import { isFloating } from '../dtype.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { apply } from '../apply.ts';
import { savesOtherFactors, type Operation } from '../operation.ts';
import { requireTensor, requireTensorOrNull } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { broadcastShapes, elementCount, formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { reshape, squeeze, unsqueeze } from './layout.ts';
import { sumTo } from './broadcast.ts';

interface MatmulAttributes {
  /** Whether each factor is read transposed in its last two axes. */
  readonly a: boolean;
  readonly b: boolean;
}

const matmulOperation: Operation<MatmulAttributes> = {
  name: 'matmul',
  infer([a, b, bias], transpose) {
    const [m, k] = matrix(a!, transpose.a);
    const [k2, n] = matrix(b!, transpose.b);
    if (k !== k2) {
      throw new ShapeError(
        `matmul: inner extents differ: ${formatShape(a!.shape)}${transpose.a ? ' transposed' : ''} by ` +
          `${formatShape(b!.shape)}${transpose.b ? ' transposed' : ''}`,
      );
    }
    if (a!.dtype !== b!.dtype || !isFloating(a!.dtype)) {
      throw new DTypeError(
        `matmul: expected two floating tensors of one type, got ${a!.dtype} and ${b!.dtype}`,
      );
    }
    if (bias && (bias.rank !== 1 || bias.shape[0] !== n)) {
      throw new ShapeError(`matmul: expected a bias [${n}], got ${formatShape(bias.shape)}`);
    }
    return [{ shape: [...batchShape(a!, b!), m, n], dtype: a!.dtype }];
  },
  run: (kernels, [a, b, bias], transpose, out) => [
    kernels.matmul(a!, b!, bias ?? null, transpose, out[0]!),
  ],
  saves: savesOtherFactors,
  gradient({ gradients, inputs, inputShapes, needs, attributes: t }) {
    const g = gradients[0]!;
    const [a, b] = inputs;
    return [
      needs[0]
        ? sumTo(t.a ? product(b!, g, t.b, true) : product(g, b!, false, !t.b), inputShapes[0]!)
        : null,
      needs[1]
        ? sumTo(t.b ? product(g, a!, true, t.a) : product(a!, g, !t.a, false), inputShapes[1]!)
        : null,
      needs[2] ? sumTo(g, inputShapes[2]!) : null,
    ];
  },
  cost([a], [out], transpose) {
    const macs = out!.size * matrix(a!, transpose.a)[1];
    return { macs, flops: 2 * macs };
  },
};

/** Leading axes of the product. */
function batchShape(a: Tensor, b: Tensor): readonly number[] {
  if (a.rank === 2 && b.rank === 2) return [];
  return broadcastShapes('matmul', [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
}

function matrix(x: Tensor, transposed: boolean): [rows: number, columns: number] {
  const rows = x.shape[x.rank - 2]!;
  const columns = x.shape[x.rank - 1]!;
  return transposed ? [columns, rows] : [rows, columns];
}

function product(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  return apply(matmulOperation, [...sameRank(a, b), null], { a: transposeA, b: transposeB })[0]!;
}

function sameRank(a: Tensor, b: Tensor): [Tensor, Tensor] {
  if (a.rank === b.rank) return [a, b];
  const rank = Math.max(a.rank, b.rank);
  const lift = (x: Tensor): Tensor =>
    reshape(x, [...Array.from({ length: rank - x.rank }, () => 1), ...x.shape]);
  return [lift(a), lift(b)];
}

/**
 * Matrix product with NumPy's rules: vectors are rows on the left and columns on the right, leading axes
 * broadcast. a [..., M, K], b [..., K, N] -> [..., M, N].
 * @throws ShapeError where inner extents differ or leading axes do not broadcast; DTypeError.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  requireTensor('matmul', a);
  requireTensor('matmul', b);
  if (a.rank === 0 || b.rank === 0) {
    throw new ShapeError(
      `matmul: expected at least one axis, got ${a.describe()} and ${b.describe()}`,
    );
  }
  if (a.rank === 2 && b.rank === 2) return product(a, b, false, false);
  return scope(() => {
    if (a.rank === 1) {
      const y = matmul(unsqueeze(a, 0), b);
      return b.rank === 1 ? reshape(y, []) : squeeze(y, -2);
    }
    if (b.rank === 1) return squeeze(matmul(a, unsqueeze(b, 1)), -1);
    return product(a, b, false, false);
  });
}

/**
 * x Wᵀ + bias for each row of the last axis: x [..., in], weight [out, in], bias [out] -> [..., out].
 * @throws ShapeError where the extents do not fit.
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  requireTensor('linear', x);
  requireTensor('linear', weight);
  requireTensorOrNull('linear', bias, 'a bias');
  if (weight.rank !== 2 || x.rank < 1 || x.shape[x.rank - 1] !== weight.shape[1]) {
    throw new ShapeError(
      `linear: expected input [..., ${weight.shape[1] ?? '?'}] for weight ${formatShape(weight.shape)}, ` +
        `got ${formatShape(x.shape)}`,
    );
  }
  const transpose = { a: false, b: true };
  if (x.rank === 2) return apply(matmulOperation, [x, weight, bias], transpose)[0]!;
  const lead = x.shape.slice(0, -1);
  return scope(() => {
    const rows = reshape(x, [elementCount(lead), weight.shape[1]!]);
    const y = apply(matmulOperation, [rows, weight, bias], transpose)[0]!;
    return reshape(y, [...lead, weight.shape[0]!]);
  });
}
