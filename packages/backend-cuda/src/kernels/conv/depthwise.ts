import type { Axes, Convolution } from '@convnet/tensor-core';

import { endingWords, noEnding, type Ending } from '../product/ending.ts';
import { addParts, type Plan, type PlannedLaunch, type Role } from '../product/plan.ts';
import type { Machine } from '../product/tiles.ts';
import {
  forwardWalk,
  inputGradWalks,
  patchWords,
  placeWords,
  product,
  tapWords,
  type Walk,
} from './geometry.ts';
import { runBlocks, runParts, runsOf, runWords, threadsOfBlock, type Runs } from './runs.ts';

/* Convolutions whose groups have one channel. */

export function isDepthwise(c: Convolution): boolean {
  return c.groups > 1 && c.perGroup === 1;
}

/** Kernels that are built for taps along the width, with stride 1 and 2, and a step of 1. */
const builtTaps: Readonly<Record<number, readonly number[]>> = { 1: [1, 2, 3, 5, 7], 2: [3, 5, 7] };

function isBuilt({ taps, step, stride }: Walk): boolean {
  return step[2] === 1 && (builtTaps[stride[2]]?.includes(taps[2]) ?? false);
}

function strideSuffix({ stride }: Walk): string {
  return stride[2] === 1 ? '' : `_stride_${stride[2]}`;
}

function walkLaunch(
  c: Convolution,
  walk: Walk,
  all: Axes,
  ending: Ending,
  pointers: readonly (Role | null)[],
  multiprocessors: number,
): PlannedLaunch {
  const multiplier = c.outputsPerGroup;
  const isVector = multiplier === 1 && c.channels % 4 === 0;
  const channels = isVector ? 4 : 1;
  const taps = Math.max(product(walk.taps), 1);
  // The weights of a block's channels stay in shared memory.
  const runs = runsOf(c.batch, walk, c.outputs / channels, slicesWithin(taps * channels * 4));
  const kernel =
    isVector && isBuilt(walk) ? `${walk.taps[2]}${strideSuffix(walk)}` : isVector ? 'any' : 'each';
  return {
    kernel: `depthwise_${kernel}`,
    shape: {
      grid: [runBlocks(runs, multiprocessors), runs.slicedBlocks, 1],
      block: [threadsOfBlock, 1, 1],
      sharedBytes: taps * runs.slicesOfBlock * channels * 4,
    },
    pointers,
    words: [
      ...runWords(runs, walk),
      c.outputs,
      multiplier,
      ...patchWords(walk, runs.runsOfLine),
      ...placeWords(walk),
      ...tapWords(walk, all),
      ...endingWords(ending),
    ],
  };
}

/** Bytes of weights that a block keeps, so that several blocks share a multiprocessor. */
const weightBytes = 40_960;

/** Slices whose weights, of so many bytes each, fit. */
export function slicesWithin(bytes: number): number {
  return Math.max(Math.floor(weightBytes / bytes), 1);
}

/** Bytes of weights of one slice of one channel, past which a filter is not kept in shared memory. */
export function hasSmallFilter({ tapCount }: Convolution): boolean {
  return tapCount * 4 <= weightBytes;
}

export function depthwiseForwardPlan(
  c: Convolution,
  ending: Ending,
  { multiprocessors }: Machine,
): Plan {
  const pointers: readonly Role[] = ['left', 'right', 'out', 'bias', 'residual'];
  return {
    launches: [walkLaunch(c, forwardWalk(c), c.taps, ending, pointers, multiprocessors)],
    partBytes: 0,
  };
}

/** For one output a channel. */
export function depthwiseInputGradPlan(c: Convolution, { multiprocessors }: Machine): Plan {
  const pointers: readonly (Role | null)[] = ['left', 'right', 'out', null, null];
  const launches = inputGradWalks(c).map((walk) =>
    product(walk.taps) === 0
      ? emptyWalkLaunch(c, walk, pointers, multiprocessors)
      : walkLaunch(c, walk, c.taps, noEnding, pointers, multiprocessors),
  );
  return { launches, partBytes: 0 };
}

/** Positions that no tap reaches get zeros: one tap that lies outside everywhere. */
function emptyWalkLaunch(
  c: Convolution,
  walk: Walk,
  pointers: readonly (Role | null)[],
  multiprocessors: number,
): PlannedLaunch {
  const outside: Walk = {
    ...walk,
    taps: [1, 1, 1],
    first: [-(2 ** 30), 0, 0],
    filter: { first: [0, 0, 0], step: [1, 1, 1] },
  };
  return walkLaunch(c, outside, c.taps, noEnding, pointers, multiprocessors);
}

/** Lines and taps along the width that are taken together, or one tap at a time. */
function tapsTogether(
  c: Convolution,
  walk: Walk,
  isVector: boolean,
): { kernel: string; groups: number } {
  if (!isVector) return { kernel: 'each', groups: c.tapCount };
  if (!isBuilt(walk) || walk.taps[2] < 3) return { kernel: 'any', groups: c.tapCount };
  if (walk.taps[1] === 3 && walk.taps[2] === 3) {
    return { kernel: `3x3${strideSuffix(walk)}`, groups: walk.taps[0] };
  }
  return { kernel: `${walk.taps[2]}${strideSuffix(walk)}`, groups: walk.taps[0] * walk.taps[1] };
}

export function depthwiseWeightGradPlan(c: Convolution, { multiprocessors }: Machine): Plan {
  const multiplier = c.outputsPerGroup;
  const isVector = multiplier === 1 && c.channels % 4 === 0;
  const walk = forwardWalk(c);
  const runs: Runs = runsOf(c.batch, walk, c.outputs / (isVector ? 4 : 1));
  const { kernel, groups } = tapsTogether(c, walk, isVector);
  const { parts, runsOfPart } = runParts(
    { ...runs, slicedBlocks: runs.slicedBlocks * groups },
    multiprocessors,
  );
  const elements = c.outputs * c.tapCount;
  const launch: PlannedLaunch = {
    kernel: `depthwise_weight_grad_${kernel}`,
    shape: { grid: [parts, runs.slicedBlocks, groups], block: [threadsOfBlock, 1, 1] },
    pointers: ['left', 'right', parts === 1 ? 'out' : 'parts'],
    words: [
      ...runWords(runs, walk),
      runsOfPart,
      c.outputs,
      multiplier,
      ...patchWords(walk, runs.runsOfLine),
    ],
  };
  if (parts === 1) return { launches: [launch], partBytes: 0 };
  return {
    launches: [launch, addParts(elements, parts, elements)],
    partBytes: 4 * elements * parts,
  };
}
