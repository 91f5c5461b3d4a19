import {
  ArgumentError,
  aFiniteNumber,
  aGenerator,
  aShape,
  add,
  anyNumber,
  checkOptions,
  clone,
  formatValue,
  full,
  mul,
  oneOf,
  optionKinds,
  rand,
  randn,
  requireKind,
  type Device,
  type Generator,
  type Tensor,
} from '@convnet/tensor-core';

/** Draws the first values of a parameter. */
export type Initializer = (shape: readonly number[], device: Device) => Tensor;

/** Sizes that the scale of an initialisation follows from. */
export interface Fan {
  readonly in: number;
  readonly out: number;
}

/**
 * Inputs and outputs of one unit of a weight [out, in, k…]: in · k… and out · k….
 * @throws ArgumentError below rank 2.
 */
export function fanOf(shape: readonly number[]): Fan {
  requireKind('fanOf', 'shape', shape, aShape);
  if (shape.length < 2) {
    throw new ArgumentError(
      `fanOf: expected a weight of at least 2 axes, got [${shape.join(', ')}]`,
    );
  }
  const field = shape.slice(2).reduce((product, extent) => product * extent, 1);
  return { in: shape[1]! * field, out: shape[0]! * field };
}

/** @throws ArgumentError for numbers that are not finite, and for what is no stream of random numbers. */
function requireNumbersOf(
  initializer: string,
  numbers: Readonly<Record<string, number>>,
  generator: Generator | undefined,
): void {
  for (const [name, value] of Object.entries(numbers)) {
    requireKind(initializer, name, value, aFiniteNumber);
  }
  if (generator !== undefined) requireKind(initializer, 'generator', generator, aGenerator);
}

/** A fixed number. */
export function constant(value: number): Initializer {
  requireKind('constant', 'value', value, anyNumber);
  return (shape, device) => full(shape, value, { device });
}

/**
 * x · scale + shift. Gives each tensor on the way back at once, since some are hundreds of megabytes, and leaves the result
 * before what it gives back: a gap between weights is memory that no tensor as large finds again.
 */
function scaled(x: Tensor, scale: number, shift: number): Tensor {
  const product = mul(x, scale);
  x.dispose();
  const sum = shift === 0 ? clone(product) : add(product, shift);
  product.dispose();
  return sum;
}

/** Uniform in [low, high). */
export function uniform(low: number, high: number, generator?: Generator): Initializer {
  requireNumbersOf('uniform', { low, high }, generator);
  return (shape, device) =>
    scaled(rand(shape, { device, ...(generator && { generator }) }), high - low, low);
}

/** Normal with a mean and a standard deviation. */
export function normal(mean: number, std: number, generator?: Generator): Initializer {
  requireNumbersOf('normal', { mean, std }, generator);
  return (shape, device) =>
    scaled(randn(shape, { device, ...(generator && { generator }) }), std, mean);
}

/** Options of `kaimingNormal` and `kaimingUniform`. */
export interface KaimingOptions {
  /** Keeps the scale of activations ('in', default) or of gradients ('out'). */
  readonly mode?: keyof Fan;
  /** Scale for the nonlinearity that follows. Default √2, for relu. */
  readonly gain?: number;
  readonly generator?: Generator;
}

/** @throws ArgumentError. */
function requireMode(initializer: string, mode: unknown): void {
  if (mode === 'in' || mode === 'out') return;
  throw new ArgumentError(
    `${initializer}: expected mode as 'in' or 'out', got ${formatValue(mode)}`,
  );
}

const kaimingOptions = optionKinds<KaimingOptions>({
  mode: oneOf('in', 'out'),
  gain: aFiniteNumber,
  generator: aGenerator,
});

/** Normal of deviation gain / √fan. He et al., "Delving Deep into Rectifiers", ICCV 2015. */
export function kaimingNormal(options: KaimingOptions = {}): Initializer {
  checkOptions('kaimingNormal', options, kaimingOptions);
  const { mode = 'in', gain = Math.SQRT2, generator } = options;
  requireMode('kaimingNormal', mode);
  return (shape, device) =>
    normal(0, gain / Math.sqrt(fanOf(shape)[mode]), generator)(shape, device);
}

/** Uniform of deviation gain / √fan. */
export function kaimingUniform(options: KaimingOptions = {}): Initializer {
  checkOptions('kaimingUniform', options, kaimingOptions);
  const { mode = 'in', gain = Math.SQRT2, generator } = options;
  requireMode('kaimingUniform', mode);
  return (shape, device) => {
    const bound = gain * Math.sqrt(3 / fanOf(shape)[mode]);
    return uniform(-bound, bound, generator)(shape, device);
  };
}

/** Normal of deviation gain √(2 / (in + out)). Glorot and Bengio, AISTATS 2010. */
export function xavierNormal(gain: number = 1, generator?: Generator): Initializer {
  requireNumbersOf('xavierNormal', { gain }, generator);
  return (shape, device) => {
    const fan = fanOf(shape);
    return normal(0, gain * Math.sqrt(2 / (fan.in + fan.out)), generator)(shape, device);
  };
}

/** Uniform of deviation gain √(2 / (in + out)). Glorot and Bengio, AISTATS 2010. */
export function xavierUniform(gain: number = 1, generator?: Generator): Initializer {
  requireNumbersOf('xavierUniform', { gain }, generator);
  return (shape, device) => {
    const fan = fanOf(shape);
    const bound = gain * Math.sqrt(6 / (fan.in + fan.out));
    return uniform(-bound, bound, generator)(shape, device);
  };
}

/** Uniform in ±1 / √fan: what PyTorch gives the biases (and so, the weights) of linear and convolution. */
export function inverseRootUniform(fanIn: number, generator?: Generator): Initializer {
  requireNumbersOf('inverseRootUniform', { fanIn }, generator);
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  return uniform(-bound, bound, generator);
}
