import { formatValue } from '../format-value.ts';
import { ArgumentError } from '../errors.ts';
import { rand } from '../create.ts';
import { aBoolean } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { aGenerator, type Generator } from '../random.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { noGrad } from '../autograd.ts';
import { mul } from './arithmetic.ts';
import { ge } from './comparisons.ts';
import { cast } from './layout.ts';
import { requireFloating, requireOneOf } from './require.ts';

/** Options of `dropout`, `dropoutChannels` and `stochasticDepth`. */
export interface DropoutOptions {
  /** Default true; otherwise the input is returned. */
  readonly training?: boolean;
  /** Default: the stream seeded by `manualSeed`. */
  readonly generator?: Generator;
}

const dropoutOptions = optionKinds<DropoutOptions>({ training: aBoolean, generator: aGenerator });

/**
 * Zeroes each element with probability `p` and scales the others by 1 / (1 - p). Srivastava et al.,
 * "Dropout", JMLR 2014.
 * @throws ArgumentError for `p` outside [0, 1], DTypeError for integers.
 */
export function dropout(x: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  requireTensor('dropout', x);
  checkOptions('dropout', options, dropoutOptions);
  return dropoutShaped('dropout', x, p, x.shape, options);
}

/** Zeroes whole channels of x [N, C, …]. Tompson et al., "Efficient Object Localization", CVPR 2015. */
export function dropoutChannels(x: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  requireTensor('dropoutChannels', x);
  checkOptions('dropoutChannels', options, dropoutOptions);
  const shape = x.shape.map((extent, axis) => (axis < 2 ? extent : 1));
  return dropoutShaped('dropoutChannels', x, p, shape, options);
}

/**
 * Zeroes whole samples (`mode` 'row') or the whole batch, for the branches of residual networks. Huang et
 * al., "Deep Networks with Stochastic Depth", ECCV 2016.
 */
export function stochasticDepth(
  x: Tensor,
  p: number,
  mode: 'row' | 'batch',
  options: DropoutOptions = {},
): Tensor {
  requireTensor('stochasticDepth', x);
  checkOptions('stochasticDepth', options, dropoutOptions);
  requireOneOf('stochasticDepth', 'mode', mode, ['row', 'batch']);
  const shape = x.shape.map((extent, axis) => (axis === 0 && mode === 'row' ? extent : 1));
  return dropoutShaped('stochasticDepth', x, p, shape, options);
}

function dropoutShaped(
  op: string,
  x: Tensor,
  p: number,
  shape: readonly number[],
  { training = true, generator }: DropoutOptions,
): Tensor {
  if (!(typeof p === 'number' && p >= 0 && p <= 1)) {
    throw new ArgumentError(`${op}: expected a probability from 0 to 1, got ${formatValue(p)}`);
  }
  requireFloating(op, x);
  if (!training || p === 0) return x;
  return scope(() => {
    const mask = noGrad(() => {
      const drawn = rand(shape, { device: x.device, ...(generator && { generator }) });
      return mul(cast(ge(drawn, p), x.dtype), p === 1 ? 0 : 1 / (1 - p));
    });
    return mul(x, mask);
  });
}
