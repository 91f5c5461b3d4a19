import {
  elementCount,
  MissingKernelError,
  type Kernels,
  type Operand,
  type RoiAlignKernelOptions,
} from '@convnet/tensor-core';

import { float, type KernelContext, type Word } from '../commands/kernel-context.ts';
import { memoryOf } from '../cuda-buffer.ts';
import { mostUnsigned, requireCountable } from './countable.ts';
import { overElements } from './launching.ts';

/** The words of `Regions` behind a count. */
function regionWords(
  count: number,
  rois: Operand,
  features: readonly number[],
  bins: readonly number[],
  { spatialScale, samplingRatio, aligned }: RoiAlignKernelOptions,
): Word[] {
  requireCountable('roiAlign', { elements: count }, mostUnsigned);
  const dims = features.length - 2;
  if (dims > 2) throw new MissingKernelError('cuda', `roiAlign over ${dims} spatial axes`);
  const plane = (shape: readonly number[]): readonly number[] =>
    dims === 1 ? [1, shape[2]!] : shape.slice(2);
  return [
    count,
    features[0]!,
    features[1]!,
    rois.shape[0]!,
    dims,
    ...plane(features),
    ...plane(bins),
    float(spatialScale),
    samplingRatio,
    Number(aligned),
  ];
}

export function roiAlignKernels(
  context: KernelContext,
): Pick<Kernels, 'roiAlign' | 'roiAlignGrad'> {
  return {
    roiAlign(x, rois, options, out) {
      const result = context.allocate(out);
      const count = elementCount(out.shape);
      context.launch(
        'roi_align',
        overElements(count),
        [memoryOf(x), memoryOf(rois), result.memory],
        regionWords(count, rois, x.shape, out.shape, options),
      );
      return result;
    },

    roiAlignGrad(dy, rois, options, out) {
      const result = context.allocate(out);
      const count = elementCount(out.shape);
      context.launch(
        'roi_align_grad',
        overElements(count),
        [memoryOf(dy), memoryOf(rois), result.memory],
        regionWords(count, rois, out.shape, dy.shape, options),
      );
      return result;
    },
  };
}
