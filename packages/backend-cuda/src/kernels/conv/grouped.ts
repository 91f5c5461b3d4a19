import type { Convolution } from '@convnet/tensor-core';

import { endingWords, noEnding, type Ending } from '../product/ending.ts';
import { addParts, type Plan, type PlannedLaunch, type Role } from '../product/plan.ts';
import type { Machine } from '../product/tiles.ts';
import { slicesWithin } from './depthwise.ts';
import {
  forwardWalk,
  inputGradWalks,
  patchWords,
  placeWords,
  product,
  tapWords,
  type Walk,
} from './geometry.ts';
import { runBlocks, runsOf, runWords, threadsOfBlock } from './runs.ts';

/* Convolutions whose groups have few channels, a multiple of four. */

/** Outputs of a group from which on a tile is filled well enough. */
const enoughOutputs = 32;

/** Bytes of the weights of four outputs that a block of several threads still keeps. */
const mostSliceBytes = 10_240;

function isSmallGroup(c: Convolution, outputs: number, terms: number): boolean {
  const isFour = c.perGroup % 4 === 0 && c.outputsPerGroup % 4 === 0;
  return (
    c.groups > 1 &&
    isFour &&
    outputs < enoughOutputs &&
    terms > 0 &&
    c.tapCount * terms * 16 <= mostSliceBytes
  );
}

export function isGroupedForward(c: Convolution): boolean {
  return isSmallGroup(c, c.outputsPerGroup, c.perGroup);
}

export function isGroupedInputGrad(c: Convolution): boolean {
  return isSmallGroup(c, c.perGroup, c.outputsPerGroup);
}

export function isGroupedWeightGrad(c: Convolution): boolean {
  return isSmallGroup(c, c.outputsPerGroup, c.perGroup) && c.perGroup < enoughOutputs;
}

/** What one direction sums, and how the filter lies for it. */
interface Direction {
  readonly outputs: number;
  readonly terms: number;
  readonly outputsOfGroup: number;
  readonly outputStep: number;
  readonly termStep: number;
}

function groupedLaunch(
  c: Convolution,
  walk: Walk,
  { outputs, terms, outputsOfGroup, outputStep, termStep }: Direction,
  ending: Ending,
  pointers: readonly (Role | null)[],
  multiprocessors: number,
): PlannedLaunch {
  // Positions that no tap reaches get zeros: one tap that lies outside everywhere.
  const own: Walk =
    product(walk.taps) > 0
      ? walk
      : {
          ...walk,
          taps: [1, 1, 1],
          first: [-(2 ** 30), 0, 0],
          filter: { first: [0, 0, 0], step: [1, 1, 1] },
        };
  const sliceBytes = product(own.taps) * terms * 16;
  const runs = runsOf(c.batch, own, outputs / 4, slicesWithin(sliceBytes));
  return {
    kernel: 'conv_grouped',
    shape: {
      grid: [runBlocks(runs, multiprocessors), runs.slicedBlocks, 1],
      block: [threadsOfBlock, 1, 1],
      sharedBytes: sliceBytes * runs.slicesOfBlock,
    },
    pointers,
    words: [
      ...runWords(runs, own),
      outputs,
      terms,
      outputsOfGroup,
      c.outputsPerGroup * c.tapCount * c.perGroup,
      outputStep,
      termStep,
      c.perGroup,
      ...patchWords(own, runs.runsOfLine),
      ...placeWords(own),
      ...tapWords(own, c.taps),
      ...endingWords(ending),
    ],
  };
}

export function groupedForwardPlan(
  c: Convolution,
  ending: Ending,
  { multiprocessors }: Machine,
): Plan {
  const direction: Direction = {
    outputs: c.outputs,
    terms: c.perGroup,
    outputsOfGroup: c.outputsPerGroup,
    outputStep: c.tapCount * c.perGroup,
    termStep: 1,
  };
  const pointers: readonly Role[] = ['left', 'right', 'out', 'bias', 'residual'];
  const launch = groupedLaunch(c, forwardWalk(c), direction, ending, pointers, multiprocessors);
  return { launches: [launch], partBytes: 0 };
}

export function groupedInputGradPlan(c: Convolution, { multiprocessors }: Machine): Plan {
  const direction: Direction = {
    outputs: c.channels,
    terms: c.outputsPerGroup,
    outputsOfGroup: c.perGroup,
    outputStep: 1,
    termStep: c.tapCount * c.perGroup,
  };
  const launches = inputGradWalks(c).map((walk) =>
    groupedLaunch(
      c,
      walk,
      direction,
      noEnding,
      ['left', 'right', 'out', null, null],
      multiprocessors,
    ),
  );
  return { launches, partBytes: 0 };
}

/** Threads of a multiprocessor that hide each other's waiting. */
const enoughThreads = 1024;
/** Runs that a part has at least. */
const leastRuns = 32;
const mostParts = 65_535;

export function groupedWeightGradPlan(c: Convolution, { multiprocessors }: Machine): Plan {
  const walk = forwardWalk(c);
  const items = c.tapCount * (c.outputs / 4) * (c.perGroup / 4);
  const { runs, runsOfLine } = runsOf(c.batch, walk, 1);
  const wanted = Math.min(
    Math.ceil((multiprocessors * enoughThreads) / items),
    Math.max(Math.floor(runs / leastRuns), 1),
    mostParts,
  );
  const runsOfPart = Math.max(Math.ceil(runs / wanted), 1);
  const parts = Math.max(Math.ceil(runs / runsOfPart), 1);
  const elements = c.outputs * c.tapCount * c.perGroup;
  const launch: PlannedLaunch = {
    kernel: 'conv_grouped_weight_grad',
    shape: { grid: [Math.ceil(items / threadsOfBlock), parts, 1], block: [threadsOfBlock, 1, 1] },
    pointers: ['left', 'right', parts === 1 ? 'out' : 'parts'],
    words: [
      runs,
      runsOfPart,
      walk.rows[2],
      c.outputs,
      c.perGroup,
      c.outputsPerGroup,
      items,
      ...patchWords(walk, runsOfLine),
    ],
  };
  if (parts === 1) return { launches: [launch], partBytes: 0 };
  return {
    launches: [launch, addParts(elements, parts, elements)],
    partBytes: 4 * elements * parts,
  };
}
