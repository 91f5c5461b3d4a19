import { elementCount, type Kernels, type Operand } from '@convnet/tensor-core';

import { float, type KernelContext, type LaunchShape } from '../commands/kernel-context.ts';
import { memoryOf, type Memory } from '../cuda-buffer.ts';
import { linesAlong } from '../layout.ts';
import { mostSigned, mostUnsigned, requireCountable } from './countable.ts';
import { blockThreads, overBlocks, overElements } from './launching.ts';

/** Elements of a row from which a whole block shares it. */
const longRow = 1024;

/** Pairs that a block adds up. */
const pairsOfBlock = 64 * blockThreads;

/** A grid of rows that threads share. */
function overRows(rows: number, extent: number): LaunchShape {
  const threads =
    extent > longRow ? blockThreads : Math.min(2 ** Math.ceil(Math.log2(Math.max(extent, 1))), 32);
  const together = blockThreads / threads;
  return { ...overBlocks(Math.ceil(rows / together)), block: [threads, together, 1] };
}

/** Lines, each of which some threads have, by numbers without a sign. */
function countableLines(kernel: string, lines: number, extent: number, inner: number): void {
  requireCountable(
    kernel,
    { lines, 'elements of a line': extent, 'lines inside of the axis': inner },
    mostUnsigned,
  );
}

/** Rows of classes, and the positions of their targets: those along the first spatial axis, and the rest of a sample. */
function rowsOf({ shape }: Operand): [rows: number, classes: number, first: number, rest: number] {
  const [samples, classes, first = 1, ...rest] = shape;
  const rows = samples! * first * elementCount(rest);
  requireCountable('crossEntropy', { rows }, mostUnsigned);
  // A class is an int32.
  requireCountable('crossEntropy', { classes: classes! }, mostSigned);
  return [rows, classes!, first, elementCount(rest)];
}

export function softmaxKernels(
  context: KernelContext,
): Pick<Kernels, 'softmax' | 'softmaxGrad' | 'crossEntropy' | 'crossEntropyGrad'> {
  /** Sums of losses and of weights, or the mean, in as many passes as it takes. */
  function reduceLosses(
    losses: Memory,
    weights: Memory,
    count: number,
    isMean: boolean,
    [loss, counted]: readonly [Memory, Memory],
  ): void {
    const blocks = Math.max(Math.ceil(count / pairsOfBlock), 1);
    const isLast = blocks === 1;
    const targets = isLast
      ? ([loss, counted] as const)
      : ([context.scratch(4 * blocks), context.scratch(4 * blocks)] as const);
    context.launch(
      'cross_entropy_sum',
      overBlocks(blocks),
      [losses, weights, ...targets],
      [count, pairsOfBlock, Number(isLast && isMean)],
    );
    if (!isLast) reduceLosses(...targets, blocks, isMean, [loss, counted]);
  }

  return {
    softmax(x, axis, log) {
      const y = context.allocate(x);
      const { outer, extent, inner } = linesAlong(x.shape, axis);
      const lines = outer * inner;
      countableLines('softmax', lines, extent, inner);
      context.launch(
        inner === 1 ? 'softmax_rows' : 'softmax_lines',
        inner === 1 ? overRows(lines, extent) : overElements(lines),
        [memoryOf(x), y.memory],
        [lines, extent, inner, Number(log)],
      );
      return y;
    },

    softmaxGrad(y, dy, axis, log) {
      const dx = context.allocate(y);
      const { outer, extent, inner } = linesAlong(y.shape, axis);
      const lines = outer * inner;
      countableLines('softmaxGrad', lines, extent, inner);
      context.launch(
        inner === 1 ? 'softmax_grad_rows' : 'softmax_grad_lines',
        inner === 1 ? overRows(lines, extent) : overElements(lines),
        [memoryOf(y), memoryOf(dy), dx.memory],
        [lines, extent, inner, Number(log)],
      );
      return dx;
    },

    crossEntropy(logits, target, weight, { labelSmoothing, ignoreIndex, reduction }) {
      const { dtype } = logits;
      const isReduced = reduction !== 'none';
      const logs = context.allocate(logits);
      const counted = context.allocate({ shape: [], dtype });
      const loss = context.allocate({ shape: isReduced ? [] : target.shape, dtype });
      const [rows, classes, ...positions] = rowsOf(logits);
      const losses = isReduced ? context.scratch(4 * rows) : loss.memory;
      const weights = context.scratch(4 * rows);
      context.launch(
        'cross_entropy',
        overRows(rows, classes),
        [
          memoryOf(logits),
          memoryOf(target),
          weight === null ? null : memoryOf(weight),
          logs.memory,
          losses,
          weights,
        ],
        [rows, classes, ...positions, float(labelSmoothing), ignoreIndex],
      );
      if (isReduced) {
        const isMean = reduction === 'mean';
        reduceLosses(losses, weights, rows, isMean, [loss.memory, counted.memory]);
      }
      return [loss, logs, counted];
    },

    crossEntropyGrad(logProbabilities, target, weight, countedWeight, dloss, options) {
      const { labelSmoothing, ignoreIndex, reduction } = options;
      const dx = context.allocate(logProbabilities);
      const [rows, classes, ...positions] = rowsOf(logProbabilities);
      context.launch(
        'cross_entropy_grad',
        overRows(rows, classes),
        [
          memoryOf(logProbabilities),
          memoryOf(target),
          weight === null ? null : memoryOf(weight),
          memoryOf(countedWeight),
          memoryOf(dloss),
          dx.memory,
        ],
        [
          rows,
          classes,
          ...positions,
          float(labelSmoothing),
          ignoreIndex,
          Number(reduction === 'none'),
          Number(reduction === 'mean'),
        ],
      );
      return dx;
    },
  };
}
