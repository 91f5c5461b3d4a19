import {
  add,
  linear,
  matmul,
  noGrad,
  permute,
  pointwise,
  pointwiseRows,
  type Activation,
  type Tensor,
} from '@convnet/tensor-core';
import { fixed, uniform } from '../inputs.ts';
import type { Program } from '../program.ts';

interface FusedCase {
  /** As they are stored: [..., m, k] and [..., k, n], or with these two exchanged where they are transposed. */
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly transpose?: { readonly a: boolean; readonly b: boolean };
  readonly bias?: boolean;
  readonly residual?: boolean;
  readonly activation?: string;
}

const plain = { a: false, b: false };

function outputShape({ a, b, transpose = plain }: FusedCase): number[] {
  const [left, right] = [a.slice(0, -2), b.slice(0, -2)];
  const batch = left.map((extent, axis) => Math.max(extent, right[axis]!));
  return [...batch, a[a.length - (transpose.a ? 1 : 2)]!, b[b.length - (transpose.b ? 2 : 1)]!];
}

function turned(x: Tensor, isTurned: boolean): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return isTurned ? permute(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]) : x;
}

/** A product with what follows it in one pass where the device has that, else one after the other. */
function fused(
  c: FusedCase,
  [a, b, bias, other]: readonly [Tensor, Tensor, Tensor, Tensor],
): Tensor {
  const { transpose = plain } = c;
  const residual = c.residual === true ? other : null;
  const activation: Activation | null =
    c.activation === undefined
      ? null
      : { name: c.activation, scalars: pointwiseRows[c.activation]!.exampleScalars ?? [] };
  return noGrad(() => {
    const product = matmul(turned(a, transpose.a), turned(b, transpose.b));
    const { kernels } = a.device;
    if ('fusedMatmul' in kernels) {
      const out = { shape: product.shape, dtype: product.dtype };
      const epilogue = { residual, activation };
      return product.withBuffer(
        kernels.fusedMatmul(a, b, c.bias === true ? bias : null, transpose, epilogue, out),
      );
    }
    let y = c.bias === true ? add(product, bias) : product;
    if (residual !== null) y = add(y, residual);
    return activation === null ? y : pointwise(activation.name, [y], activation.scalars);
  });
}

function describe({ a, b, transpose = plain, activation, ...on }: FusedCase): string {
  const shape = (s: readonly number[], isTurned: boolean): string =>
    `[${s.join(', ')}]${isTurned ? 'ᵀ' : ''}`;
  const parts = Object.keys(on).map((name) => ` + ${name}`);
  const last = activation === undefined ? '' : ` + ${activation}`;
  return `${shape(a, transpose.a)} by ${shape(b, transpose.b)}${parts.join('')}${last}`;
}

function fusedProgram(c: FusedCase): Program {
  const shape = outputShape(c);
  return {
    name: `fusedMatmul ${describe(c)}`,
    op: 'fusedMatmul',
    inputs: [uniform(c.a), uniform(c.b), uniform([shape[shape.length - 1]!]), uniform(shape)].map(
      fixed,
    ),
    body: (a, b, bias, other) => fused(c, [a, b, bias, other]),
    // What bounds cut off is no longer there for errors to be small beside.
    long: c.a[c.a.length - (c.transpose?.a === true ? 2 : 1)]! > 400,
  };
}

/** The same with a first row of nothing but NaN: so are its outputs, whatever follows. */
function brokenProgram(c: FusedCase): Program {
  const program = fusedProgram(c);
  const [drawn, ...others] = program.inputs;
  const row = c.a[c.a.length - 1]!;
  const broken = {
    ...drawn!,
    value: (u: number, i: number) => (i < row ? NaN : drawn!.value(u, i)),
  };
  return { ...program, name: `${program.name}, of NaN`, inputs: [broken, ...others] };
}

const activations = Object.entries(pointwiseRows)
  .filter(([, row]) => row.inputs === 1 && row.result !== 'bool' && row.gradient !== undefined)
  .filter(([, row]) => row.domain === undefined)
  .map(([name]) => name);

const layer = { a: [9, 17], b: [13, 17], transpose: { a: false, b: true } };

const cases: FusedCase[] = [
  layer,
  { ...layer, residual: true },
  ...activations.map((activation) => ({ ...layer, bias: true, activation })),
  ...['relu', 'silu', 'hardtanh'].flatMap((activation): FusedCase[] => [
    { ...layer, bias: true, residual: true, activation },
    // Few rows, by columns and by rows; one column; one term; no terms; no rows.
    { a: [1, 40], b: [33, 40], transpose: { a: false, b: true }, bias: true, activation },
    { a: [3, 40], b: [40, 33], bias: true, residual: true, activation },
    { a: [5, 7], b: [7, 1], bias: true, activation },
    { a: [5, 1], b: [1, 6], residual: true, activation },
    { a: [5, 0], b: [0, 6], bias: true, residual: true, activation },
    { a: [0, 5], b: [5, 6], bias: true, activation },
    { a: [17, 9], b: [17, 13], transpose: { a: true, b: false }, residual: true, activation },
    { a: [2, 3, 8, 5], b: [2, 1, 5, 7], bias: true, residual: true, activation },
    // Several blocks of terms, of rows and of columns.
    { a: [70, 600], b: [130, 600], transpose: { a: false, b: true }, bias: true, activation },
    { a: [600, 70], b: [600, 40], transpose: { a: true, b: false }, bias: true, activation },
    { a: [8, 1500], b: [20, 1500], transpose: { a: false, b: true }, residual: true, activation },
    { a: [130, 36], b: [36, 68], bias: true, residual: true, activation },
  ]),
];

/** Products with what follows them in one pass, as linear layers of captured steps and compiled networks run them. */
export const fusedMatmulPrograms: readonly Program[] = [
  ...cases.map(fusedProgram),
  ...cases.filter(({ a }) => !a.includes(0) && !a.includes(600)).map(brokenProgram),
  {
    name: 'fusedMatmul with a residual that is a result of linear',
    op: 'fusedMatmul',
    inputs: [uniform([4, 6]), uniform([5, 6]), uniform([5, 6])].map(fixed),
    body: (x, v, w) =>
      fused(
        {
          a: [4, 6],
          b: [5, 6],
          transpose: { a: false, b: true },
          residual: true,
          activation: 'relu',
        },
        [x, w, x, linear(x, v)],
      ),
  },
];
