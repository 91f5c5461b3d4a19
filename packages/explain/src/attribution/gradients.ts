import type { AnyModule } from '@convnet/layers';
import {
  abs,
  add,
  ArgumentError,
  discard,
  formatShape,
  formatValue,
  full,
  max,
  min,
  mul,
  optionNames,
  randn,
  refuseUnknownOptions,
  sameShape,
  scope,
  ShapeError,
  sub,
  Tensor,
  type Generator,
} from '@convnet/tensor-core';

import { explain, Explanation } from './explanation.ts';
import { gaussLegendre } from './gauss-legendre.ts';
import type { Target } from './score.ts';

/** Options of `saliency` and `inputGradient`. */
export interface SaliencyOptions {
  /** What is explained. Default: the class that the network predicts for each sample. */
  readonly target?: Target;
}

const saliencyOptions = optionNames<SaliencyOptions>({ target: true });

/**
 * Gradient of a class's output by the input: how much each number of it would change the output, with sign.
 * @param input [N, C, spatial…]
 * @returns [N, C, spatial…]
 * @throws as `gradCam`.
 */
export async function inputGradient(
  model: AnyModule,
  input: Tensor,
  options: SaliencyOptions = {},
): Promise<Tensor> {
  refuseUnknownOptions('inputGradient', options, saliencyOptions);
  const explanation = new Explanation('inputGradient', model, input, options.target);
  return explain(explanation, () => explanation.gradientBy(explanation.input));
}

/**
 * Saliency: the greatest magnitude over channels of the gradient of a class's output by the input. Simonyan et al. 2014,
 * https://arxiv.org/abs/1312.6034, section 3.1.
 * @param input [N, C, spatial…]
 * @returns [N, spatial…], ≥ 0
 * @throws as `gradCam`.
 */
export async function saliency(
  model: AnyModule,
  input: Tensor,
  options: SaliencyOptions = {},
): Promise<Tensor> {
  refuseUnknownOptions('saliency', options, saliencyOptions);
  const explanation = new Explanation('saliency', model, input, options.target);
  return explain(explanation, () => sensitivity(explanation.gradientBy(explanation.input)));
}

/** Options of `smoothGrad`. */
export interface SmoothGradOptions extends SaliencyOptions {
  /** Noisy copies of each sample. Default 25. */
  readonly samples?: number;
  /** Standard deviation of the noise, as a share of the range of a sample's numbers. Default 0.15. */
  readonly noise?: number;
  /** Draws the noise. Default: the current generator. */
  readonly generator?: Generator;
}

const smoothGradOptions = optionNames<SmoothGradOptions>({
  target: true,
  samples: true,
  noise: true,
  generator: true,
});

/**
 * SmoothGrad: the mean saliency of noisy copies of the input, which is less speckled. The class, where none is given, is
 * that of the sample without noise. Smilkov et al. 2017, https://arxiv.org/abs/1706.03825.
 * @param input [N, C, spatial…]
 * @returns [N, spatial…], ≥ 0
 * @throws as `gradCam`.
 */
export async function smoothGrad(
  model: AnyModule,
  input: Tensor,
  options: SmoothGradOptions = {},
): Promise<Tensor> {
  refuseUnknownOptions('smoothGrad', options, smoothGradOptions);
  const { target, samples = 25, noise = 0.15, generator } = options;
  requireCount('smoothGrad', 'samples', samples);
  if (typeof noise !== 'number' || !(noise >= 0 && noise < Infinity)) {
    throw new ArgumentError(
      `smoothGrad: expected noise as a number ≥ 0, got ${formatValue(noise)}`,
    );
  }
  return explain(new Explanation('smoothGrad', model, input, target), (explanation) => {
    explanation.look();
    const x = explanation.input;
    const axes = x.shape.slice(1).map((_, axis) => axis + 1);
    const range = sub(max(x, axes, { keepDim: true }), min(x, axes, { keepDim: true }));
    const spread = mul(range, noise);
    const drawn = { device: x.device, dtype: x.dtype };
    return summed(samples, () => {
      const draw = randn(x.shape, generator === undefined ? drawn : { ...drawn, generator });
      const map = sensitivity(explanation.gradientBy(add(x, mul(draw, spread))));
      return mul(map, 1 / samples);
    });
  });
}

/** Options of `integratedGradients`. */
export interface IntegratedGradientsOptions extends SaliencyOptions {
  /** Where the path to the input begins: a number for all of it, or a tensor of the input's shape. Default 0. */
  readonly baseline?: number | Tensor;
  /** Points of the path. Default 50. */
  readonly steps?: number;
}

const integratedGradientsOptions = optionNames<IntegratedGradientsOptions>({
  target: true,
  baseline: true,
  steps: true,
});

/**
 * Integrated gradients: how much each number of the input adds to a class's output, against a baseline; all of them add
 * up to the difference of the two outputs. Sundararajan et al. 2017, https://arxiv.org/abs/1703.01365, equation 1,
 * integrated by the Gauss–Legendre rule.
 * @param input [N, C, spatial…]
 * @returns [N, C, spatial…], with sign
 * @throws as `gradCam`; ShapeError for a baseline of another shape.
 */
export async function integratedGradients(
  model: AnyModule,
  input: Tensor,
  options: IntegratedGradientsOptions = {},
): Promise<Tensor> {
  refuseUnknownOptions('integratedGradients', options, integratedGradientsOptions);
  const { target, baseline = 0, steps = 50 } = options;
  requireCount('integratedGradients', 'steps', steps);
  const given: unknown = baseline;
  if (!(given instanceof Tensor) && !Number.isFinite(given)) {
    throw new ArgumentError(
      `integratedGradients: expected baseline as a number or a tensor, got ${formatValue(given)}`,
    );
  }
  return explain(new Explanation('integratedGradients', model, input, target), (explanation) => {
    explanation.look();
    const x = explanation.input;
    if (baseline instanceof Tensor && !sameShape(baseline.shape, x.shape)) {
      throw new ShapeError(
        `integratedGradients: expected a baseline ${formatShape(x.shape)}, got ${formatShape(baseline.shape)}`,
      );
    }
    const start =
      baseline instanceof Tensor
        ? baseline.detach()
        : full(x.shape, baseline, { device: x.device, dtype: x.dtype });
    const way = sub(x, start);
    const { positions, weights } = gaussLegendre(steps);
    const slope = summed(steps, (i) =>
      mul(explanation.gradientBy(add(start, mul(way, positions[i]!))), weights[i]!),
    );
    return mul(way, slope);
  });
}

/** The greatest magnitude over channels: [N, C, …] -> [N, …]. */
function sensitivity(gradient: Tensor): Tensor {
  return max(abs(gradient), [1]);
}

/** The sum of `terms` tensors, of which two live at a time. */
function summed(terms: number, term: (i: number) => Tensor): Tensor {
  let total = scope(() => term(0));
  for (let i = 1; i < terms; i++) {
    const before = total;
    total = scope(() => add(before, term(i)));
    discard(before);
  }
  return total;
}

function requireCount(where: string, name: string, value: unknown): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return;
  throw new ArgumentError(
    `${where}: expected ${name} as an integer ≥ 1, got ${formatValue(value)}`,
  );
}
