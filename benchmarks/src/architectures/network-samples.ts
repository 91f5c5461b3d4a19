import { type BlockDataset } from '@convnet/data';

import { enlarged, repeated } from '../compare/samples.ts';
import type { PlannedNetwork } from './plan.ts';
import type { ThreeWaySplit } from './three-way-split.ts';

/** The samples of each part as a network takes them. */
export function samplesFor(
  { set, counts }: PlannedNetwork,
  split: ThreeWaySplit,
): Record<'train' | 'validation' | 'test', BlockDataset> {
  const times = 'enlargement' in counts ? counts.enlargement : 1;
  return {
    train: enlarged(repeated(split.train, set.repeats), times),
    validation: enlarged(split.validation, times),
    test: enlarged(split.test, times),
  };
}
