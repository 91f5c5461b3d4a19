import {
  elementCount,
  type AdamNumbers,
  type AdamStep,
  type Kernels,
  type Operand,
  type SgdStep,
} from '@convnet/tensor-core';

import { float, wide, type KernelContext, type Word } from '../commands/kernel-context.ts';
import { memoryOf, type Pointer } from '../cuda-buffer.ts';
import { blockThreads, overElements } from './launching.ts';

/** Parameters of one launch, and elements of one that a block updates; as in `steps.cu`. */
const mostParameters = 64;
const chunk = 4096;

/** What a step has for each parameter: itself, its gradient, the state. */
type Update = readonly (Operand | null)[];
/** The part that is only read. */
const gradientPart = 1;

const pointerOf = (operand: Operand | null): Pointer =>
  operand === null ? null : memoryOf(operand);

export function optimizerKernels(
  context: KernelContext,
): Pick<Kernels, 'sgdStep' | 'adamStep' | 'sgdSteps' | 'adamSteps'> {
  /** A launch for one parameter. */
  function updateOne(kernel: string, update: Update, numbers: readonly Word[]): void {
    const count = elementCount(update[0]!.shape);
    context.launch(kernel, overElements(count, 4), update.map(pointerOf), [
      ...wide(count),
      ...numbers,
    ]);
  }

  /** A launch for some tens of parameters. */
  function updateMany(kernel: string, updates: readonly Update[], numbers: readonly Word[]): void {
    const pointers: Pointer[] = [];
    for (let part = 0; part < updates[0]!.length; part++) {
      for (let i = 0; i < mostParameters; i++) pointers.push(pointerOf(updates[i]?.[part] ?? null));
    }
    const counts = new Array<number>(mostParameters).fill(0);
    const firstBlocks = new Array<number>(mostParameters).fill(0);
    let blocks = 0;
    updates.forEach(([parameter], i) => {
      counts[i] = elementCount(parameter!.shape);
      firstBlocks[i] = blocks;
      blocks += Math.ceil(counts[i] / chunk);
    });
    context.launch(
      `${kernel}_many`,
      { grid: [blocks, 1, 1], block: [blockThreads, 1, 1] },
      pointers,
      [updates.length, ...counts, ...firstBlocks, ...numbers],
    );
  }

  /** As few launches as can be. What reads or writes what one before has written comes behind it. */
  function updateAll(kernel: string, updates: readonly Update[], numbers: readonly Word[]): void {
    const some: Update[] = [];
    const written = new Set<Pointer>();
    const launch = (): void => {
      if (some.length === 1) updateOne(kernel, some[0]!, numbers);
      else if (some.length > 1) updateMany(kernel, some, numbers);
      some.length = 0;
      written.clear();
    };
    for (const update of updates) {
      const count = elementCount(update[0]!.shape);
      if (count === 0) continue;
      if (count >= 2 ** 32) {
        launch();
        updateOne(kernel, update, numbers);
        continue;
      }
      const pointers = update.map(pointerOf);
      const isAfter = pointers.some((pointer) => pointer !== null && written.has(pointer));
      if (some.length === mostParameters || isAfter) launch();
      some.push(update);
      pointers.forEach((pointer, part) => {
        if (part !== gradientPart) written.add(pointer);
      });
    }
    launch();
  }

  return {
    sgdStep(parameter, gradient, momentum, step, learningRate) {
      updateOne('sgd', [parameter, gradient, momentum], sgdWords(step, learningRate));
    },

    adamStep(parameter, gradient, mean, square, step, numbers) {
      updateOne('adam', [parameter, gradient, mean, square], adamWords(step, numbers));
    },

    sgdSteps(updates, step, learningRate) {
      updateAll('sgd', updates, sgdWords(step, learningRate));
    },

    adamSteps(updates, step, numbers) {
      updateAll('adam', updates, adamWords(step, numbers));
    },
  };
}

/** The words of `SgdNumbers`. */
function sgdWords(step: SgdStep, learningRate: number): Word[] {
  return [
    float(learningRate),
    float(step.momentum),
    float(1 - step.dampening),
    float(step.weightDecay),
    float(step.maximize ? -1 : 1),
    Number(step.nesterov),
    Number(step.first),
  ];
}

/** The words of `AdamNumbers`. */
function adamWords(step: AdamStep, numbers: AdamNumbers): Word[] {
  return [
    float(numbers.stepSize),
    float(numbers.rootCorrection),
    float(numbers.kept),
    float(step.beta1),
    float(step.beta2),
    float(1 - step.beta1),
    float(1 - step.beta2),
    float(step.epsilon),
    float(step.weightDecay),
    float(step.maximize ? -1 : 1),
    Number(step.decoupled),
  ];
}
