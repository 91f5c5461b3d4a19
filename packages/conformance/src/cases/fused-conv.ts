import {
  add,
  conv,
  noGrad,
  pointwise,
  pointwiseRows,
  type ConvGeometry,
  type Epilogue,
  type Tensor,
} from '@convnet/tensor-core';
import { fixed, uniform } from '../inputs.ts';
import type { Program } from '../program.ts';

interface FusedCase {
  readonly input: readonly number[];
  readonly weight: readonly number[];
  readonly stride?: number;
  readonly padding?: number;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly residual?: boolean;
  readonly activation?: string;
}

/** A convolution with its epilogue in one pass where the device has that, else one after the other. */
function fused(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  geometry: ConvGeometry,
  { residual, activation }: Epilogue & { readonly residual: Tensor | null },
): Tensor {
  return noGrad(() => {
    const padding = geometry.padBegin.map((begin, i) => [begin, geometry.padEnd[i]!] as const);
    const { stride, dilation, groups } = geometry;
    const plain = conv(x, weight, bias, { stride, dilation, groups, padding });
    const { kernels } = x.device;
    if ('fusedConv' in kernels) {
      const out = { shape: plain.shape, dtype: plain.dtype };
      const epilogue = { residual, activation };
      return plain.withBuffer(kernels.fusedConv(x, weight, bias, geometry, epilogue, out));
    }
    const sum = residual === null ? plain : add(plain, residual);
    return activation === null ? sum : pointwise(activation.name, [sum], activation.scalars);
  });
}

function outputShape({ input, weight, stride = 1, padding = 0 }: FusedCase): number[] {
  const spatial = input.slice(2).map((extent, i) => {
    return Math.floor((extent + 2 * padding - weight[i + 2]!) / stride) + 1;
  });
  return [input[0]!, weight[0]!, ...spatial];
}

function describe({ input, weight, stride, padding, groups, ...epilogue }: FusedCase): string {
  const geometry = { stride, padding, groups };
  const numbers = Object.entries(geometry).map(([name, n]) => (n ? ` ${name} ${n}` : ''));
  const parts = Object.entries(epilogue).map(([name, on]) => (on === true ? ` + ${name}` : ''));
  const last = epilogue.activation === undefined ? '' : ` + ${epilogue.activation}`;
  return `[${input.join(', ')}] by [${weight.join(', ')}]${numbers.join('')}${parts.join('')}${last}`;
}

function fusedProgram(c: FusedCase): Program {
  const { input, weight, stride = 1, padding = 0, groups = 1, activation } = c;
  const dims = input.length - 2;
  const each = (n: number): number[] => Array.from({ length: dims }, () => n);
  const geometry: ConvGeometry = {
    stride: each(stride),
    padBegin: each(padding),
    padEnd: each(padding),
    dilation: each(1),
    groups,
  };
  const scalars = activation === undefined ? [] : (pointwiseRows[activation]!.exampleScalars ?? []);
  return {
    name: `fusedConv ${describe(c)}`,
    op: 'fusedConv',
    inputs: [
      uniform(input),
      uniform(weight),
      uniform([weight[0]!]),
      // A residual comes from another layer, or was uploaded.
      uniform(outputShape(c)),
    ].map(fixed),
    body: (x, w, b, other) =>
      fused(x, w, c.bias === true ? b : null, geometry, {
        residual: c.residual === true ? other : null,
        activation: activation === undefined ? null : { name: activation, scalars },
      }),
  };
}

/** The same with a first sample of nothing but NaN: so are its outputs, whatever follows. */
function brokenProgram(c: FusedCase): Program {
  const program = fusedProgram(c);
  const [drawn, ...others] = program.inputs;
  const sample = c.input.slice(1).reduce((a, b) => a * b);
  const broken = {
    ...drawn!,
    value: (u: number, i: number) => (i < sample ? NaN : drawn!.value(u, i)),
  };
  return { ...program, name: `${program.name}, of NaN`, inputs: [broken, ...others] };
}

/** Functions of one tensor that may stand at the end of a convolution. */
const activations = Object.entries(pointwiseRows)
  .filter(([, row]) => row.inputs === 1 && row.result !== 'bool' && row.gradient !== undefined)
  .filter(([, row]) => row.domain === undefined)
  .map(([name]) => name);

const image = { input: [2, 3, 7, 6], weight: [5, 3, 3, 3], padding: 1 };

const cases: FusedCase[] = [
  image,
  { ...image, bias: true },
  { ...image, residual: true },
  ...activations.map((activation) => ({ ...image, bias: true, activation })),
  ...activations.slice(0, 3).map((activation) => ({ ...image, activation })),
  ...['relu', 'silu', 'hardtanh'].flatMap((activation): FusedCase[] => [
    { ...image, bias: true, residual: true, activation },
    { ...image, residual: true, stride: 2, activation },
    { input: [1, 17, 5, 5], weight: [8, 17, 1, 1], bias: true, residual: true, activation },
    { input: [2, 8, 6, 6], weight: [8, 1, 3, 3], padding: 1, groups: 8, bias: true, activation },
    { input: [1, 4, 6, 6], weight: [6, 2, 3, 3], groups: 2, residual: true, activation },
    { input: [2, 3, 13], weight: [5, 3, 3], bias: true, residual: true, activation },
    { input: [1, 2, 3, 4, 5], weight: [3, 2, 2, 2, 2], bias: true, residual: true, activation },
    { input: [0, 3, 5, 5], weight: [4, 3, 3, 3], bias: true, residual: true, activation },
    { input: [1, 40, 9, 9], weight: [33, 40, 3, 3], padding: 1, bias: true, activation },
  ]),
];

/** Convolutions with what follows them in one pass, as compiled networks run them. */
export const fusedConvPrograms: readonly Program[] = [
  ...cases.map(fusedProgram),
  ...cases.map(brokenProgram),
  {
    name: 'fusedConv with a residual that is a result of conv',
    op: 'fusedConv',
    inputs: [uniform([2, 3, 5, 5]), uniform([4, 3, 1, 1]), uniform([4, 3, 1, 1])].map(fixed),
    body: (x, v, w) => {
      const geometry = {
        stride: [1, 1],
        padBegin: [0, 0],
        padEnd: [0, 0],
        dilation: [1, 1],
        groups: 1,
      };
      const activation = { name: 'relu', scalars: [] };
      return fused(x, w, null, geometry, { residual: conv(x, v), activation });
    },
  },
];
