import { aDType, requireKind } from '../kinds.ts';
import type { DType } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';
import { filled } from '../filled.ts';
import { indexScope } from './index-errors.ts';
import { unsqueeze } from './layout.ts';
import { requireIndex, requireInteger } from './require.ts';
import { scatter } from './scatter.ts';

/**
 * 1 at the position that each int32 label names on a new last axis of `numClasses`, 0 elsewhere.
 * labels […] -> […, numClasses], int32 unless `dtype` says otherwise.
 * @throws DTypeError, ArgumentError; IndexRangeError for a label that is no class (on devices that can
 * tell without waiting; elsewhere its row is all 0).
 */
export function oneHot(labels: Tensor, numClasses: number, dtype: DType = 'int32'): Tensor {
  requireIndex('oneHot', labels);
  requireInteger('oneHot', 'numClasses', numClasses, 1);
  requireKind('oneHot', 'dtype', dtype, aDType);
  return indexScope('oneHot', () => {
    const none = filled(labels, [...labels.shape, numClasses], 0, dtype);
    return scatter(none, -1, unsqueeze(labels, -1), 1);
  });
}
