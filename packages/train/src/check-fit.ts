import type { Module } from '@convnet/layers';
import { LRScheduler, Optimizer, ReduceLROnPlateau } from '@convnet/optim';
import { ArgumentError, refuseUnknownOptions, type Tensor } from '@convnet/tensor-core';

import { requireBatches, requireModel, shown } from './check.ts';
import type { FitOptions } from './fit-options.ts';

const fitOptions: readonly (keyof FitOptions)[] = [
  'train',
  'optimizer',
  'epochs',
  'test',
  'loss',
  'schedule',
  'average',
  'checkEvery',
  'onStep',
  'onEpoch',
  'signal',
  'capture',
];

/**
 * Checks what `fit` was given, before it does anything.
 * @throws ArgumentError for what is missing, unknown or does not belong together; EmptySetError.
 */
export function checkFit(model: unknown, options: FitOptions): void {
  requireModel('fit', model);
  refuseUnknownOptions('fit', options, fitOptions);
  const { train, test, optimizer, epochs, checkEvery, schedule, average } = options ?? {};
  requireBatches('fit', 'train', train);
  if (test !== undefined) requireBatches('fit', 'test', test);
  if (!(optimizer instanceof Optimizer)) {
    throw new ArgumentError(`fit: expected optimizer as an Optimizer, got ${shown(optimizer)}`);
  }
  requireOptimizerOf(model, optimizer);
  if (!Number.isInteger(epochs) || epochs < 0) {
    throw new ArgumentError(`fit: expected epochs as an integer ≥ 0, got ${shown(epochs)}`);
  }
  if (checkEvery !== undefined && !(checkEvery === Infinity || isCount(checkEvery))) {
    throw new ArgumentError(`fit: expected checkEvery as an integer ≥ 1, got ${shown(checkEvery)}`);
  }
  requireSchedule(schedule, optimizer);
  if (average !== undefined) requireFunction('average.update', average?.update);
  for (const name of ['loss', 'onStep', 'onEpoch'] as const) {
    if (options[name] !== undefined) requireFunction(name, options[name]);
  }
  if (options.signal !== undefined && typeof options.signal?.aborted !== 'boolean') {
    throw new ArgumentError(`fit: expected signal as an AbortSignal, got ${shown(options.signal)}`);
  }
}

/** @throws ArgumentError where no parameter of the optimiser is the model's. */
function requireOptimizerOf(model: Module, optimizer: Optimizer): void {
  const own = new Set<Tensor>(model.parameters());
  const all = optimizer.groups.flatMap(({ parameters }) => parameters);
  if (all.some((parameter) => own.has(parameter))) return;
  throw new ArgumentError(
    `fit: expected an optimiser of the model's parameters, got one of ${all.length} others: was it made ` +
      `for another model?`,
  );
}

/** @throws ArgumentError where it would not change the rates of this optimiser step by step. */
function requireSchedule(schedule: FitOptions['schedule'], optimizer: Optimizer): void {
  if (schedule === undefined) return;
  if (schedule instanceof ReduceLROnPlateau) {
    throw new ArgumentError(
      'fit: expected a schedule that is moved on after each step, got a ReduceLROnPlateau: step it with a ' +
        'metric in onEpoch',
    );
  }
  requireFunction('schedule.step', schedule?.step);
  if (schedule instanceof LRScheduler && schedule.optimizer !== optimizer) {
    throw new ArgumentError(
      'fit: expected a schedule of the optimiser that it was given, got one of another optimiser',
    );
  }
}

function requireFunction(name: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new ArgumentError(`fit: expected ${name} as a function, got ${shown(value)}`);
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
