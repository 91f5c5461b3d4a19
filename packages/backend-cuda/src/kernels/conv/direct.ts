import type { Convolution } from '@convnet/tensor-core';

import { wide, type Word } from '../../commands/kernel-context.ts';
import { endingWords, noEnding, type Ending } from '../product/ending.ts';
import { gridFor, type Plan, type Role } from '../product/plan.ts';

/* Convolutions one element at a time: small ones, and those with more positions than 32 bits count. */

const threads = 256;

function directPlan(
  kernel: string,
  c: Convolution,
  count: number,
  pointers: readonly (Role | null)[],
  ending: Ending,
): Plan {
  const words: Word[] = [
    ...wide(count),
    c.batch,
    c.channels,
    c.outputs,
    c.perGroup,
    c.outputsPerGroup,
    ...c.input,
    ...c.output,
    ...c.taps,
    ...c.stride,
    ...c.dilation,
    ...c.pad,
    ...endingWords(ending),
  ];
  return { launches: [{ kernel, shape: gridFor(count, threads), pointers, words }], partBytes: 0 };
}

export function directForwardPlan(c: Convolution, ending: Ending): Plan {
  const count = c.batch * c.positions * c.outputs;
  return directPlan(
    'conv_direct_forward',
    c,
    count,
    ['left', 'right', 'out', 'bias', 'residual'],
    ending,
  );
}

export function directInputGradPlan(c: Convolution): Plan {
  const count = c.batch * c.inputPositions * c.channels;
  return directPlan(
    'conv_direct_input_grad',
    c,
    count,
    ['left', 'right', 'out', null, null],
    noEnding,
  );
}

export function directWeightGradPlan(c: Convolution): Plan {
  const count = c.outputs * c.perGroup * c.tapCount;
  return directPlan(
    'conv_direct_weight_grad',
    c,
    count,
    ['left', 'right', 'out', null, null],
    noEnding,
  );
}
