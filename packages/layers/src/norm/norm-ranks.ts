import { BatchNorm, type BatchNormLayerOptions } from './batch-norm.ts';
import { InstanceNorm, type InstanceNormLayerOptions } from './instance-norm.ts';

/** Normalisations under the names that fix their rank. */

/** Batch normalisation, for signals. */
export class BatchNorm1d extends BatchNorm {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super(1, numFeatures, options);
  }
}

/** Batch normalisation, for images. */
export class BatchNorm2d extends BatchNorm {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super(2, numFeatures, options);
  }
}

/** Batch normalisation, for volumes. */
export class BatchNorm3d extends BatchNorm {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super(3, numFeatures, options);
  }
}

/** Instance normalisation, for signals. */
export class InstanceNorm1d extends InstanceNorm {
  constructor(numFeatures: number, options: InstanceNormLayerOptions = {}) {
    super(1, numFeatures, options);
  }
}

/** Instance normalisation, for images. */
export class InstanceNorm2d extends InstanceNorm {
  constructor(numFeatures: number, options: InstanceNormLayerOptions = {}) {
    super(2, numFeatures, options);
  }
}

/** Instance normalisation, for volumes. */
export class InstanceNorm3d extends InstanceNorm {
  constructor(numFeatures: number, options: InstanceNormLayerOptions = {}) {
    super(3, numFeatures, options);
  }
}
