import { noGrad } from '../autograd.ts';
import { rand } from '../create.ts';
import { ArgumentError } from '../errors.ts';
import { aBoolean } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { aGenerator, type Generator } from '../random.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { leakyRelu, preluRow } from './activations.ts';
import { add, mul } from './arithmetic.ts';
import { pointwise } from './pointwise.ts';
import { requireFinite, requireFloating } from './require.ts';

/** Options of `rrelu`. */
export interface RReluOptions {
  /** Whether slopes are drawn; otherwise the mean slope is taken. Default false. */
  readonly training?: boolean;
  /** Default: the stream seeded by `manualSeed`. */
  readonly generator?: Generator;
}

const rreluOptions = optionKinds<RReluOptions>({ training: aBoolean, generator: aGenerator });

/**
 * x where positive, else x times a slope that is drawn for each element from [lower, upper) in training, and is their
 * mean otherwise. Xu et al., "Empirical Evaluation of Rectified Activations in Convolution Network", 2015.
 * torch.nn.functional.rrelu.
 * @throws ArgumentError for bounds that are not finite or lower > upper, DTypeError for integers.
 */
export function rrelu(
  x: Tensor,
  lower: number = 1 / 8,
  upper: number = 1 / 3,
  options: RReluOptions = {},
): Tensor {
  requireFloating('rrelu', x);
  requireSlopes('rrelu', lower, upper);
  checkOptions('rrelu', options, rreluOptions);
  const { training = false, generator } = options;
  if (!training) return leakyRelu(x, (lower + upper) / 2);
  return scope(() => {
    const slopes = noGrad(() => {
      const drawn = rand(x.shape, { device: x.device, ...(generator && { generator }) });
      return add(mul(drawn, upper - lower), lower);
    });
    return pointwise(preluRow, [x, slopes]);
  });
}

/** @internal @throws ArgumentError unless both are finite and in order. */
export function requireSlopes(op: string, lower: number, upper: number): void {
  requireFinite(op, { lower, upper });
  if (lower <= upper) return;
  throw new ArgumentError(`${op}: expected lower of at most upper, got ${lower} and ${upper}`);
}
