import type { Word } from '../../commands/kernel-context.ts';
import { product, type Walk } from './geometry.ts';

/** Positions along the width that a thread takes at once, as `runs.cuh` has it. */
export const runLength = 4;

export const threadsOfBlock = 128;

/** How channels and runs are shared among threads (`RunWords` of `runs.cuh`). */
export interface Runs {
  /** Groups of neighbouring channels: in all, and of a block. */
  readonly slices: number;
  readonly slicesOfBlock: number;
  /** Blocks that share the slices. */
  readonly slicedBlocks: number;
  /** Runs that a block takes at once. */
  readonly lanes: number;
  readonly runs: number;
  /** Runs of a line. */
  readonly runsOfLine: number;
}

/** @param most slices of a block */
export function runsOf(batch: number, walk: Pick<Walk, 'rows'>, slices: number, most = 32): Runs {
  const slicedBlocks = Math.ceil(slices / Math.min(most, 32));
  const slicesOfBlock = Math.ceil(slices / slicedBlocks);
  const runsOfLine = Math.ceil(walk.rows[2] / runLength);
  return {
    slices,
    slicesOfBlock,
    slicedBlocks,
    lanes: Math.floor(threadsOfBlock / slicesOfBlock),
    runs: batch * product([walk.rows[0], walk.rows[1], runsOfLine]),
    runsOfLine,
  };
}

export function runWords({ slices, slicesOfBlock, lanes, runs }: Runs, walk: Walk): Word[] {
  return [slices, slicesOfBlock, lanes, runs, walk.rows[2]];
}

/** Blocks of a multiprocessor that go over all runs: each reads its weights once. */
const blocksOfProcessor = 16;

/** Blocks along the runs. */
export function runBlocks({ runs, lanes, slicedBlocks }: Runs, multiprocessors: number): number {
  const most = Math.max(Math.ceil((multiprocessors * blocksOfProcessor) / slicedBlocks), 1);
  return Math.min(Math.ceil(runs / lanes), most);
}

/** Blocks that sum the runs in parts, and runs of each. */
export function runParts(
  { runs, lanes, slicedBlocks }: Runs,
  multiprocessors: number,
): { readonly parts: number; readonly runsOfPart: number } {
  const most = Math.max(Math.floor((multiprocessors * blocksOfProcessor) / slicedBlocks), 1);
  // Each lane has some runs at least, or adding up would be most of the work.
  const wanted = Math.min(Math.max(Math.floor(runs / (lanes * 4)), 1), most);
  const runsOfPart = Math.max(Math.ceil(runs / wanted), 1);
  return { parts: Math.max(Math.ceil(runs / runsOfPart), 1), runsOfPart };
}
