import * as ops from '../../../ops/index.ts';
import type { Calls } from './call.ts';

export const lossCalls: Calls = {
  crossEntropy: ([x, target, weight], options: ops.CrossEntropyOptions) =>
    ops.crossEntropy(x!, target!, weight ? { ...options, weight } : options),
  mseLoss: ([x, target], options: ops.LossOptions) => ops.mseLoss(x!, target!, options),
};
