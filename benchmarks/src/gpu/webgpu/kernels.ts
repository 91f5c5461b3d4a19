import { convShapes, type ConvShape } from '../rates.ts';
import { ratedConv, ratedProduct, type Pass, type RatedKernel } from './kernel-rates.ts';

const passes: readonly Pass[] = ['forward', 'by input', 'by weight'];

/** TFLOP/s that are to be reached on an H100, by pass; in the order of `convShapes`. */
const goals: readonly Partial<Record<Pass, number>>[] = [
  { forward: 27, 'by input': 24, 'by weight': 18 },
  {},
  { forward: 24 },
  { forward: 24 },
];

/** Products, and all passes of the convolutions that were measured with others on an H100. */
export const ratedKernels: readonly RatedKernel[] = [
  ratedProduct(512, null),
  ratedProduct(1024, 25),
  ratedProduct(4096, 44),
  ...convShapes.flatMap((shape, i) =>
    passes.map((pass) => ratedConv(shape, pass, goals[i]![pass] ?? null)),
  ),
];

const small: ConvShape = {
  batch: 1,
  channels: 8,
  filters: 8,
  extent: 8,
  kernel: 3,
  stride: 1,
  padding: 1,
};

/** The smallest work of each kind: for trying the script. */
export const quickKernels: readonly RatedKernel[] = [
  ratedProduct(64, null),
  ...passes.map((pass) => ratedConv(small, pass, null)),
];
