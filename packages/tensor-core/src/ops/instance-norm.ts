import { aBoolean, numberFrom } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { scope } from '../scope.ts';
import { elementCount } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { batchNorm } from './batch-norm.ts';
import { requireState, type BatchNormState } from './norm-state.ts';
import { reshape } from './layout.ts';
import { moveRunning, normalize, requireParameters, requireSeveral } from './normalize.ts';
import { mean } from './reduce.ts';
import { repeat } from './repeat.ts';
import { requireFloating } from './require.ts';
import { spatialRank } from './spatial.ts';

/** Options of `instanceNorm`. */
export interface InstanceNormOptions {
  /**
   * Use the statistics of each sample, and fold their mean into the running ones; otherwise use the
   * running ones. Default true.
   */
  readonly useInputStats?: boolean;
  /** Share of the batch in the new running statistics. Default 0.1. */
  readonly momentum?: number;
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

const instanceNormOptions = optionKinds<InstanceNormOptions>({
  useInputStats: aBoolean,
  momentum: numberFrom(0, 1),
  epsilon: numberFrom(0, Infinity),
});

/**
 * Normalises each channel of each sample of x [N, C, …] over its positions. Ulyanov et al., "Instance
 * Normalization", 2016.
 * @throws ShapeError where channels differ, or there is one value per channel; DTypeError, ArgumentError.
 */
export function instanceNorm(
  x: Tensor,
  state: BatchNormState,
  options: InstanceNormOptions = {},
): Tensor {
  checkOptions('instanceNorm', options, instanceNormOptions);
  const op = 'instanceNorm';
  const { useInputStats = true, momentum = 0.1, epsilon = 1e-5 } = options;
  requireState(op, state);
  const { weight, bias, runningMean, runningVar } = state;
  spatialRank(op, x);
  requireFloating(op, x);
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  requireParameters(op, x, { weight, bias, runningMean, runningVar }, [channels]);
  const count = elementCount(spatial);
  if (x.size === 0 || (!useInputStats && runningMean !== null && runningVar !== null)) {
    return batchNorm(x, state, { training: false, momentum, epsilon });
  }
  requireSeveral(op, x, count, 'channel of a sample');
  return scope(() => {
    // Each channel of each sample is a channel of one batch.
    const rows = reshape(x, [1, batch * channels, count]);
    const [y, means, variances] = normalize(
      rows,
      weight && repeat(weight, [batch]),
      bias && repeat(bias, [batch]),
      epsilon,
    );
    const result = reshape(y, x.shape);
    if (useInputStats) {
      const average = (t: Tensor): Tensor => mean(reshape(t.detach(), [batch, channels]), 0);
      // Whatever takes memory comes before either moves.
      const [centre, spread] = [average(means), average(variances)];
      moveRunning(runningMean, centre, momentum, 1);
      moveRunning(runningVar, spread, momentum, count / (count - 1));
    }
    return result;
  });
}
