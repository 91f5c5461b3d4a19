import type { ConvGeometry, PoolAxis } from './backend.ts';
import { MissingKernelError } from './errors.ts';
import { elementCount, type Shape } from './shape.ts';

/** @internal Depth, height and width; the leading ones of signals and images are fillers. */
export type Axes<T = number> = readonly [T, T, T];

/**
 * @internal One value for each of three spatial axes.
 * @param filler stands for the leading axes that signals and images lack
 * @throws MissingKernelError for more than three.
 */
export function threeAxes<T>(backend: string, values: readonly T[], filler: T): [T, T, T] {
  if (values.length > 3) {
    throw new MissingKernelError(backend, `for ${values.length} spatial axes`);
  }
  const [d, h, w] = [...Array.from({ length: 3 - values.length }, () => filler), ...values];
  return [d!, h!, w!];
}

/** One window of one position. */
const whole: PoolAxis = {
  start: Int32Array.of(0),
  end: Int32Array.of(1),
  step: 1,
  count: Float32Array.of(1),
};

/**
 * @internal The windows of a pooling along three axes; the leading ones that signals and images lack have one.
 * @throws MissingKernelError for more than three.
 */
export function threePoolAxes(backend: string, axes: readonly PoolAxis[]): Axes<PoolAxis> {
  return threeAxes(backend, axes, whole);
}

/** @internal A convolution over three axes, as kernels that know no rank take it. */
export interface Convolution {
  readonly batch: number;
  readonly channels: number;
  readonly outputs: number;
  readonly groups: number;
  /** Channels and outputs of one group. */
  readonly perGroup: number;
  readonly outputsPerGroup: number;
  readonly input: Axes;
  readonly output: Axes;
  readonly taps: Axes;
  readonly stride: Axes;
  readonly dilation: Axes;
  readonly pad: Axes;
  /**
   * Whether some side has padding: taps may lie outside the input, or, where a transposed convolution gives the input more
   * elements at the end than taps reach (negative padding), elements of the input meet none.
   */
  readonly isPadded: boolean;
  /** Elements of one channel of the input, and of the output. */
  readonly inputPositions: number;
  readonly positions: number;
  /** Taps of a filter. */
  readonly tapCount: number;
}

/**
 * @internal The convolution of an input [N, C, …] with a weight [O, C / groups, k…] to an output [N, O, …].
 * @throws MissingKernelError for more than three spatial axes.
 */
export function convolutionOf(
  backend: string,
  input: Shape,
  weight: Shape,
  output: Shape,
  { stride, dilation, padBegin, padEnd, groups }: ConvGeometry,
): Convolution {
  const axes = (values: readonly number[], filler: number): Axes =>
    threeAxes(backend, values, filler);
  const taps = axes(weight.slice(2), 1);
  return {
    batch: input[0]!,
    channels: input[1]!,
    outputs: weight[0]!,
    groups,
    perGroup: weight[1]!,
    outputsPerGroup: weight[0]! / groups,
    input: axes(input.slice(2), 1),
    output: axes(output.slice(2), 1),
    taps,
    stride: axes(stride, 1),
    dilation: axes(dilation, 1),
    pad: axes(padBegin, 0),
    isPadded: [...padBegin, ...padEnd].some((pad) => pad !== 0),
    inputPositions: elementCount(input.slice(2)),
    positions: elementCount(output.slice(2)),
    tapCount: taps[0] * taps[1] * taps[2],
  };
}

/** @internal Whether the one tap meets each position once: then the convolution is a product of matrices as they lie. */
export function isPointwise({ tapCount, stride, isPadded }: Convolution): boolean {
  return tapCount === 1 && !isPadded && stride.every((step) => step === 1);
}
