import { add, cast, linear, matmul, mul, transpose, type Tensor } from '@convnet/tensor-core';

import type { Operator } from '../import/operator.ts';

/** alpha A B + beta C, either matrix transposed where asked. */
const gemm: Operator = {
  learned: [1, 2],
  prepare: (node) => {
    const alpha = node.float('alpha', 1);
    const beta = node.float('beta', 1);
    const transA = node.flag('transA');
    const transB = node.flag('transB');
    if (node.opset < 7) node.ignore('broadcast');
    return (inputs) => {
      const a = transA ? transpose(inputs.tensor(0), 0, 1) : inputs.tensor(0);
      const b = inputs.tensor(1);
      const c = inputs.optional(2);
      const isLayer = alpha === 1 && beta === 1 && transB;
      if (isLayer && (c === null || (c.rank === 1 && c.shape[0] === b.shape[0]))) {
        return linear(a, b, c);
      }
      const product = scaled(matmul(a, transB ? transpose(b, 0, 1) : b), alpha);
      return c === null ? product : add(product, scaled(c, beta));
    };
  },
};

function scaled(x: Tensor, factor: number): Tensor {
  return factor === 1 ? x : mul(x, factor);
}

const product: Operator = {
  learned: [0, 1],
  prepare: () => (inputs) => {
    const [a, b] = [inputs.tensor(0), inputs.tensor(1)];
    if (a.dtype.startsWith('float')) return matmul(a, b);
    return cast(matmul(cast(a, 'float32'), cast(b, 'float32')), a.dtype);
  },
};

export const matmulOperators: Readonly<Record<string, Operator>> = {
  Gemm: gemm,
  MatMul: product,
};
