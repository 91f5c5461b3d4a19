import { Buffer, constant, Module, type Initializer } from '@convnet/layers';
import {
  aCount,
  ArgumentError,
  cast,
  concat,
  conv,
  currentGenerator,
  fillRandom,
  gt,
  indexSelect,
  integerFrom,
  keep,
  mean,
  mul,
  noGrad,
  requireKind,
  reshape,
  scope,
  ShapeError,
  slice,
  stack,
  tensor,
  Tensor,
} from '@convnet/tensor-core';

import {
  fixedKernels,
  goldenQuantiles,
  kernelCount,
  kernelLength,
  planDilations,
  quantile,
  type DilationPlan,
} from './dilations.ts';

/** Kernels of one kind of padding: every second. */
const half = kernelCount / 2;

/** A hundred times what the paper has; ever more would be computed for ever. */
const mostFeatures = 10 ** 6;

/** Comparisons at once, at most: what they take is given back before the next. */
const mostCompared = 2 ** 22;

/** Channels that a kernel sees of series with more than one, at most. */
const mostChannels = 9;

const kernelValues: Initializer = (shape, device) => tensor(fixedKernels(), shape, { device });

/**
 * Which channels each kernel sees with each dilation, drawn anew for each network: 2^u of them with u even over
 * [0, log2(c + 1)), for c channels but 9 at most.
 */
const channelValues: Initializer = (shape, device) => {
  const [rows, channels] = shape as readonly [number, number];
  const generator = currentGenerator();
  const draws = new Float32Array(rows * (1 + channels));
  fillRandom(draws, 'uniform', generator.seed, generator.advance(draws.length));
  const seen = new Float32Array(rows * channels);
  for (let row = 0; row < rows; row++) {
    const [draw, ...order] = draws.subarray(row * (1 + channels), (row + 1) * (1 + channels));
    const count = Math.floor(2 ** (draw! * Math.log2(Math.min(channels, mostChannels) + 1)));
    const channelsInOrder = order.map((_, c) => c).sort((a, b) => order[a]! - order[b]!);
    for (const channel of channelsInOrder.slice(0, count)) seen[row * channels + channel] = 1;
  }
  return tensor(seen, shape, { device });
};

/**
 * The transform of MiniRocket: [N, inChannels, L] -> [N, numFeatures]. Each of 84 fixed kernels, at dilations up to the
 * length of the series, gives features: the share of the samples at which the convolution exceeds a bias. The biases are
 * quantiles of convolutions of training series, see `fit`; until then they are zeros. Nothing here is learned by gradient.
 * Dempster, Schmidt and Webb, "MiniRocket: A Very Fast (Almost) Deterministic Transform for Time Series Classification",
 * KDD 2021. Features are in the order of the authors' code.
 */
export class MiniRocketFeatures extends Module {
  readonly inChannels: number;
  readonly numFeatures: number;
  /** Dilation by dilation; the features of each are those of its 84 kernels, one kernel after the other. */
  readonly plan: readonly DilationPlan[];
  kernels: Buffer;
  biases: Buffer;
  /** [dilations x 84, inChannels] of ones and zeros; null for one channel. */
  channels: Buffer | null;

  /**
   * @param length of the series that the dilations are made for; others run if they are no shorter than a kernel
   * @param numFeatures rounded down to a multiple of 84
   * @throws ArgumentError for what are no counts, and for less than 84 features or more than a million.
   */
  constructor(inChannels: number, length: number, numFeatures: number) {
    super();
    requireKind('MiniRocketFeatures', 'inChannels', inChannels, aCount);
    requireKind('MiniRocketFeatures', 'length', length, aCount);
    requireKind('MiniRocketFeatures', 'numFeatures', numFeatures, integerFrom(1, mostFeatures));
    if (numFeatures < kernelCount) {
      throw new ArgumentError(
        `MiniRocketFeatures: expected numFeatures as at least ${kernelCount}, one for each kernel, got ${numFeatures}`,
      );
    }
    const featuresPerKernel = Math.floor(numFeatures / kernelCount);
    this.inChannels = inChannels;
    this.numFeatures = featuresPerKernel * kernelCount;
    this.plan = planDilations(length, featuresPerKernel);
    this.kernels = new Buffer([kernelCount, 1, kernelLength], kernelValues);
    this.biases = new Buffer([this.numFeatures], constant(0));
    this.channels =
      inChannels === 1
        ? null
        : new Buffer([this.plan.length * kernelCount, inChannels], channelValues);
  }

  override forward(x: Tensor): Tensor {
    this.#requireSeries(x);
    return noGrad(() =>
      scope(() => {
        let first = 0;
        const features = this.plan.map((part, i) => {
          const count = part.features * kernelCount;
          const biases = slice(this.biases, 0, first, first + count);
          first += count;
          return this.#featuresOf(x, i, reshape(biases, [kernelCount, part.features]));
        });
        return concat(features, 1);
      }),
    );
  }

  /**
   * Takes the biases from series [N, inChannels, L]: for each kernel and dilation, quantiles of its convolution with one of
   * them, drawn by the current generator (`manualSeed`).
   * @throws ShapeError for other shapes, and for no series.
   */
  async fit(x: Tensor): Promise<void> {
    this.#requireSeries(x);
    const [count] = x.shape as [number];
    if (count === 0)
      throw new ShapeError('MiniRocketFeatures.fit: expected at least 1 series, got 0');
    const generator = currentGenerator();
    const draws = new Float32Array(kernelCount * this.plan.length);
    fillRandom(draws, 'uniform', generator.seed, generator.advance(draws.length));
    const quantiles = goldenQuantiles(this.numFeatures);
    const biases = new Float32Array(this.numFeatures);
    let feature = 0;
    for (const [i, { features }] of this.plan.entries()) {
      const chosen = Int32Array.from({ length: kernelCount }, (_, kernel) =>
        Math.min(count - 1, Math.floor(draws[i * kernelCount + kernel]! * count)),
      );
      for (const values of await this.#convolutions(x, i, chosen)) {
        for (let j = 0; j < features; j++, feature++) {
          biases[feature] = quantile(values, quantiles[feature]!);
        }
      }
    }
    const { device } = this.biases;
    this.biases.replaceWith(tensor(biases, [this.numFeatures], { device }));
  }

  override extraRepr(): string {
    const dilations = this.plan.map(({ dilation }) => dilation).join(', ');
    return `${this.inChannels}, num_features=${this.numFeatures}, dilations=(${dilations})`;
  }

  #requireSeries(x: Tensor): void {
    if (x instanceof Tensor && x.rank === 3 && x.shape[1] === this.inChannels) return;
    const got = x instanceof Tensor ? `[${x.shape.join(', ')}]` : String(x);
    throw new ShapeError(
      `expected input [N, ${this.inChannels}, L], got ${got} (this model was built with dims: 1)`,
    );
  }

  /** Features [N, 84 f] of dilation `i`, with biases [84, f]. */
  #featuresOf(x: Tensor, i: number, biases: Tensor): Tensor {
    const { dilation, features } = this.plan[i]!;
    const kernels = this.#kernelsOf(i);
    // Zeros beyond the ends count for every second kernel, and at every second dilation for the others.
    const shares = [0, 1].map((odd) => {
      const padding = odd === i % 2 ? ((kernelLength - 1) / 2) * dilation : 0;
      const y = conv(x, slice(kernels, 0, odd, undefined, 2), null, { dilation, padding });
      return sharesAbove(y, slice(biases, 0, odd, undefined, 2));
    });
    return reshape(stack(shares, 2), [x.shape[0]!, kernelCount * features]);
  }

  /** Of shape [84, inChannels, 9]; the kernels, with zeros for the channels that they do not see. */
  #kernelsOf(i: number): Tensor {
    if (this.channels === null) return this.kernels;
    const seen = slice(this.channels, 0, i * kernelCount, (i + 1) * kernelCount);
    return mul(this.kernels, reshape(seen, [kernelCount, this.inChannels, 1]));
  }

  /** For each kernel, its convolution with the series that was chosen for it, in ascending order. */
  async #convolutions(x: Tensor, i: number, chosen: Int32Array): Promise<Float32Array[]> {
    const { dilation } = this.plan[i]!;
    const padding = ((kernelLength - 1) / 2) * dilation;
    const y = noGrad(() =>
      scope(() => {
        const series = indexSelect(x, 0, tensor(chosen, [kernelCount], { device: x.device }));
        return keep(conv(series, this.#kernelsOf(i), null, { dilation, padding }));
      }),
    );
    const values = (await y.data()) as Float32Array;
    y.dispose();
    const length = values.length / kernelCount ** 2;
    return Array.from({ length: kernelCount }, (_, kernel) => {
      const start = kernel * (kernelCount + 1) * length;
      return values.slice(start, start + length).sort();
    });
  }
}

/** For y [N, 42, L] and biases [42, f]: the share of the samples of y above each bias, [N, 42, f]. */
function sharesAbove(y: Tensor, biases: Tensor): Tensor {
  const [count, , length] = y.shape as readonly [number, number, number];
  const features = biases.shape[1]!;
  const step = Math.max(1, Math.floor(mostCompared / Math.max(1, count * half * length)));
  const samples = reshape(y, [count, half, 1, length]);
  const parts: Tensor[] = [];
  for (let first = 0; first < features; first += step) {
    const some = slice(biases, 1, first, Math.min(first + step, features));
    parts.push(
      scope(() =>
        mean(cast(gt(samples, reshape(some, [half, some.shape[1]!, 1])), 'float32'), [3]),
      ),
    );
  }
  return concat(parts, 2);
}
