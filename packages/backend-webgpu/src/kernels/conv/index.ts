import { convolutionOf, elementCount, type Convolution, type Kernels } from '@convnet/tensor-core';

import type { CommandSink } from '../../commands/command-sink.ts';
import { memoryOf } from '../../gpu-buffer.ts';
import { allocate } from '../kernel-support.ts';
import { readsHalves } from '../reuse.ts';
import { noEnding } from '../tiled/epilogue.ts';
import { directForward, directInputGradient, directWeightGradient } from './direct.ts';
import { fewForward, fewInputGradient, isByFew } from './few.ts';
import {
  manyPhases,
  phaseCount,
  tiledForward,
  tiledInputGradient,
  tiledWeightGradient,
} from './tiled.ts';

/** Rows of a group below which most of a tile would be empty. */
const fewRows = 8;

/** Terms of a sum that would leave most of a tile's step empty. */
const fewTerms = 16;

/** Multiplications up to which staging tiles costs more than it saves. */
const fewMultiplications = 1 << 16;

function isSmall({ batch, outputs, positions, perGroup, tapCount }: Convolution): boolean {
  return batch * outputs * positions * perGroup * tapCount <= fewMultiplications;
}

export function convKernels(
  sink: CommandSink,
): Pick<Kernels, 'conv' | 'convInputGrad' | 'convWeightGrad'> &
  Required<Pick<Kernels, 'fusedConv'>> {
  return {
    conv(x, weight, bias, geometry, out) {
      const nothing = { residual: null, activation: null };
      return this.fusedConv(x, weight, bias, geometry, nothing, out);
    },

    fusedConv(x, weight, bias, geometry, epilogue, out) {
      const result = allocate(sink, out);
      if (elementCount(out.shape) === 0) return result;
      const c = convolutionOf('webgpu', x.shape, weight.shape, out.shape, geometry);
      const isDirect = c.outputsPerGroup < fewRows || isSmall(c);
      const run = isDirect ? directForward : isByFew(c) ? fewForward : tiledForward;
      run(sink, c, memoryOf(x), memoryOf(weight), result.memory, readsHalves(sink, weight), {
        ...noEnding,
        bias,
        ...epilogue,
      });
      return result;
    },

    convInputGrad(dy, weight, geometry, out) {
      const result = allocate(sink, out);
      if (elementCount(out.shape) === 0) return result;
      const c = convolutionOf('webgpu', out.shape, weight.shape, dy.shape, geometry);
      const isDirect = c.perGroup < fewRows || isSmall(c) || phaseCount(c) > manyPhases;
      const tiled = isByFew(c) ? fewInputGradient : tiledInputGradient;
      const run = isDirect ? directInputGradient : tiled;
      const inHalves = readsHalves(sink, weight);
      run(sink, c, memoryOf(dy), memoryOf(weight), result.memory, inHalves);
      return result;
    },

    convWeightGrad(x, dy, geometry, out) {
      const result = allocate(sink, out);
      if (elementCount(out.shape) === 0) return result;
      const c = convolutionOf('webgpu', x.shape, out.shape, dy.shape, geometry);
      const isDirect =
        c.outputsPerGroup < fewRows || isSmall(c) || c.batch * c.positions < fewTerms;
      const run = isDirect ? directWeightGradient : tiledWeightGradient;
      run(sink, c, memoryOf(x), memoryOf(dy), result.memory);
      return result;
    },
  };
}
