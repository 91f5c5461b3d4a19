import {
  forInference,
  IndexRangeError,
  type Kernels,
  type Operand,
  type RoiAlignKernelOptions,
} from '@convnet/tensor-core';
import { addressIn, newBuffer } from '../layout.ts';
import * as at from '../layout/roi-align.generated.ts';
import type { Machine } from '../machine.ts';

export function roiAlignKernels(machine: Machine): Partial<Kernels> {
  /** Writes the arguments; `features` and `bins` are shapes. Returns the address of the regions. */
  function write(
    x: number,
    y: number,
    rois: Operand,
    features: readonly number[],
    bins: readonly number[],
    { spatialScale, samplingRatio, aligned }: RoiAlignKernelOptions,
  ): number {
    const regions = addressIn(machine, rois, 'rows');
    const { words, floats, argumentWord: base } = machine;
    const dims = features.length - 2;
    words[base + at.x] = x;
    words[base + at.rois] = regions;
    words[base + at.y] = y;
    words[base + at.batch] = features[0]!;
    words[base + at.channels] = features[1]!;
    words[base + at.regions] = rois.shape[0]!;
    words[base + at.dims] = dims;
    words[base + at.height] = dims === 1 ? 1 : features[2]!;
    words[base + at.width] = features[dims + 1]!;
    words[base + at.binsHigh] = dims === 1 ? 1 : bins[2]!;
    words[base + at.binsWide] = bins[dims + 1]!;
    floats[base + at.scale] = spatialScale;
    words[base + at.sampling] = samplingRatio;
    words[base + at.aligned] = Number(aligned);
    return regions;
  }

  /** None in a build for inference. */
  const gradients: Partial<Pick<Kernels, 'roiAlignGrad'>> = forInference
    ? {}
    : {
        roiAlignGrad(dy, rois, options, out) {
          const buffer = newBuffer(machine, out, 'channelsLast');
          const gradient = addressIn(machine, dy, 'channelsLast');
          write(buffer.address, gradient, rois, out.shape, dy.shape, options);
          machine.call('roi_align_grad');
          machine.finish();
          return buffer;
        },
      };

  return {
    roiAlign(x, rois, options, out) {
      const buffer = newBuffer(machine, out, 'channelsLast');
      const source = addressIn(machine, x, 'channelsLast');
      const regions = write(source, buffer.address, rois, x.shape, out.shape, options);
      const width = rois.shape[1]!;
      machine.ask('roi_align', (stopped) => {
        const sample = machine.floats[(regions >>> 2) + (stopped - 1) * width]!;
        return new IndexRangeError('roiAlign', sample, 0, x.shape[0]!);
      });
      machine.finish();
      return buffer;
    },
    ...gradients,
  };
}
