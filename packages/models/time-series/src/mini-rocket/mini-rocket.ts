import {
  initWeights,
  inputShapeOf,
  Linear,
  Module,
  outputShape,
  requireCounts,
  resolveOptions,
  type SizedModelOptions,
} from '@convnet/layers';
import {
  ArgumentError,
  checkOptions,
  isFloating,
  listOf,
  noGrad,
  optionKinds,
  aCount,
  aFiniteNumber,
  scope,
  ShapeError,
  slice,
  tensor,
  Tensor,
} from '@convnet/tensor-core';

import { seriesDefaults } from '../options.ts';
import { ranks } from '../ranks.ts';
import { MiniRocketFeatures } from './features.ts';
import { ridgeAlphas, ridgeClassifier } from './ridge.ts';

/** `inputSize`: samples of the series that the dilations are made for. Default 150. */
export interface MiniRocketOptions extends SizedModelOptions<(typeof ranks)[number]> {
  /** Rounded down to a multiple of 84; a million at most. Default 10,000, of which 9,996 are left. */
  readonly numFeatures?: number;
}

/** Options of `MiniRocket.fit`. */
export interface MiniRocketFitOptions {
  /** Strengths of the penalty that are tried. Default: ten from 0.001 to 1000. */
  readonly alphas?: readonly number[];
  /** Series that are transformed at once. Default 64. */
  readonly batchSize?: number;
}

const fitOptions = optionKinds<MiniRocketFitOptions>({
  alphas: listOf(aFiniteNumber),
  batchSize: aCount,
});

/**
 * MiniRocket: 9,996 shares of samples above a bias, and a linear classifier: [N, inChannels, L] -> [N, numClasses]. The
 * classifier is fitted by ridge regression, with `fit`, or learned by gradient on features of `backbone`, as the authors do
 * for more than ten thousand series. Dempster, Schmidt and Webb, KDD 2021.
 *
 * ```ts
 * const model = mini_rocket({ numClasses: 3, inputSize: 251, device });
 * await model.fit(series, labels);
 * const logits = model.forward(others);
 * ```
 */
export class MiniRocket extends Module {
  backbone: MiniRocketFeatures;
  head: Linear;

  /** @throws ArgumentError for options out of range; InputTooSmallError for series shorter than a kernel. */
  constructor(architecture: string, options: MiniRocketOptions = {}) {
    super();
    this.architecture = architecture;
    const defaults = { ...seriesDefaults, inputSize: 150, numFeatures: 10_000 };
    const resolved = resolveOptions(architecture, options, defaults, ranks);
    const { dims, inChannels, numClasses, inputSize, numFeatures, device } = resolved;
    requireCounts(architecture, { numFeatures });
    const inputShape = inputShapeOf({ dims, inChannels }, inputSize);
    this.backbone = new MiniRocketFeatures(inChannels, inputShape[2]!, numFeatures);
    outputShape(this.backbone, inputShape, `${architecture}.backbone`);
    this.head = new Linear(this.backbone.numFeatures, numClasses);
    initWeights(this, () => ({}), device);
  }

  override forward(x: Tensor): Tensor {
    return this.head.forward(this.backbone.forward(x));
  }

  /**
   * Fits the biases of the features to series [N, inChannels, L], and the classifier to their labels (integers [N]).
   * @returns the strength of the penalty that was chosen
   * @throws ArgumentError, ShapeError for what does not fit the network or each other.
   */
  async fit(x: Tensor, labels: Tensor, options: MiniRocketFitOptions = {}): Promise<number> {
    checkOptions('MiniRocket.fit', options, fitOptions);
    const { alphas = ridgeAlphas, batchSize = 64 } = options;
    requireLabels(x, labels);
    await this.backbone.fit(x);
    const { numFeatures } = this.backbone;
    const [count] = x.shape as [number];
    const features = new Float32Array(count * numFeatures);
    for (let first = 0; first < count; first += batchSize) {
      const some = noGrad(() =>
        scope(() => this.backbone.forward(slice(x, 0, first, Math.min(first + batchSize, count)))),
      );
      features.set(await some.data(), first * numFeatures);
      some.dispose();
    }
    const { head } = this;
    const classes = Array.from((await labels.data()) as Int32Array);
    const { weight, bias, alpha } = ridgeClassifier(features, classes, head.outFeatures, alphas);
    const { device } = head.weight;
    head.weight.replaceWith(tensor(weight, head.weight.shape, { device }));
    head.bias!.replaceWith(tensor(bias, head.bias!.shape, { device }));
    return alpha;
  }
}

function requireLabels(x: Tensor, labels: Tensor): void {
  if (!(x instanceof Tensor) || !(labels instanceof Tensor)) {
    throw new ArgumentError('MiniRocket.fit: expected series and labels as tensors');
  }
  if (labels.rank === 1 && labels.shape[0] === x.shape[0] && !isFloating(labels.dtype)) return;
  throw new ShapeError(
    `MiniRocket.fit: expected labels as integers [${x.shape[0]}], one for each series, got ${labels.describe()}`,
  );
}

/** MiniRocket with its 84 fixed kernels and 9,996 features; 20 k parameters for two classes. */
export function mini_rocket(options?: MiniRocketOptions): MiniRocket {
  return new MiniRocket('mini_rocket', options);
}
