import { noGrad } from '../autograd.ts';
import { rand } from '../create.ts';
import { ShapeError } from '../errors.ts';
import { aBoolean, numberFrom, requireKind } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { aGenerator, type Generator } from '../random.ts';
import { scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul } from './arithmetic.ts';
import { ge } from './comparisons.ts';
import { cast } from './layout.ts';
import { requireFloating } from './require.ts';

/** Options of `alphaDropout` and `featureAlphaDropout`. */
export interface AlphaDropoutOptions {
  /** Default false, as in PyTorch: the input is returned. */
  readonly training?: boolean;
  /** Default: the stream seeded by `manualSeed`. */
  readonly generator?: Generator;
}

const alphaDropoutOptions = optionKinds<AlphaDropoutOptions>({
  training: aBoolean,
  generator: aGenerator,
});

/** What selu goes to at the far left: its scale times its alpha. */
const saturation = 1.7580993408473766;

const aProbability = numberFrom(0, 1);

/**
 * Sets elements, each with probability `p`, to the value that selu saturates at, and scales and shifts all, so that
 * numbers of mean 0 and variance 1 keep both. Klambauer et al., "Self-Normalizing Neural Networks", NIPS 2017.
 * torch.nn.functional.alpha_dropout.
 * @throws ArgumentError for `p` outside [0, 1], DTypeError for integers.
 */
export function alphaDropout(x: Tensor, p = 0.5, options: AlphaDropoutOptions = {}): Tensor {
  requireFloating('alphaDropout', x);
  return alphaDropoutShaped('alphaDropout', x, p, x.shape, options);
}

/**
 * `alphaDropout` of whole channels of x [N, C, …]. torch.nn.functional.feature_alpha_dropout.
 * @throws ShapeError without channels; ArgumentError for `p` outside [0, 1], DTypeError for integers.
 */
export function featureAlphaDropout(x: Tensor, p = 0.5, options: AlphaDropoutOptions = {}): Tensor {
  requireFloating('featureAlphaDropout', x);
  if (x.rank < 2) {
    throw new ShapeError(
      `featureAlphaDropout: expected input [N, C, …], got ${formatShape(x.shape)}`,
    );
  }
  const shape = x.shape.map((extent, axis) => (axis < 2 ? extent : 1));
  return alphaDropoutShaped('featureAlphaDropout', x, p, shape, options);
}

function alphaDropoutShaped(
  op: string,
  x: Tensor,
  p: number,
  shape: readonly number[],
  options: AlphaDropoutOptions,
): Tensor {
  requireKind(op, 'p', p, aProbability);
  checkOptions(op, options, alphaDropoutOptions);
  const { training = false, generator } = options;
  if (!training || p === 0) return x;
  if (p === 1) return mul(x, 0);
  const scale = 1 / Math.sqrt((saturation ** 2 * p + 1) * (1 - p));
  return scope(() => {
    const [factor, shift] = noGrad(() => {
      const drawn = rand(shape, { device: x.device, ...(generator && { generator }) });
      const kept = cast(ge(drawn, p), x.dtype);
      // What is kept moves by saturation scale p, what is not lies saturation scale below.
      return [mul(kept, scale), mul(add(kept, p - 1), saturation * scale)] as const;
    });
    return add(mul(x, factor), shift);
  });
}
