import { DataLoader } from '@convnet/data';
import { Module } from '@convnet/layers';
import { LRScheduler, Optimizer, ReduceLROnPlateau } from '@convnet/optim';
import { ArgumentError, refuseUnknownOptions, Tensor } from '@convnet/tensor-core';

import { EmptySetError } from './errors.ts';
import type { Batches } from './evaluate.ts';
import type { FitOptions } from './fit.ts';

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
  if (options.capture !== undefined && typeof options.capture !== 'boolean') {
    throw new ArgumentError(
      `fit: expected capture as true or false, got ${shown(options.capture)}`,
    );
  }
  if (options.signal !== undefined && typeof options.signal?.aborted !== 'boolean') {
    throw new ArgumentError(`fit: expected signal as an AbortSignal, got ${shown(options.signal)}`);
  }
}

/** @throws ArgumentError. */
export function requireModel(where: string, model: unknown): asserts model is Module {
  if (model instanceof Module) return;
  throw new ArgumentError(`${where}: expected the model as a Module, got ${shown(model)}`);
}

/** @throws ArgumentError where they cannot be run through; EmptySetError where there is none. */
export function requireBatches(where: string, name: string, batches: Batches): void {
  const given = batches as Partial<Batches & Iterable<unknown>> | null | undefined;
  const iterable =
    typeof given?.[Symbol.asyncIterator] === 'function' ||
    typeof given?.[Symbol.iterator] === 'function';
  if (typeof given !== 'object' || !iterable || !Number.isInteger(given?.length)) {
    throw new ArgumentError(
      `${where}: expected ${name} as batches with a length, such as a DataLoader, got ${shown(batches)}`,
    );
  }
  if (batches.length < 1) throw emptySet(where, name, batches);
}

/** A batch as it came. @throws ArgumentError for anything but a pair of tensors. */
export function requireBatch(
  where: string,
  name: string,
  batch: readonly [inputs: Tensor, labels: Tensor],
): readonly [inputs: Tensor, labels: Tensor] {
  const given: unknown = batch;
  if (Array.isArray(given) && given.length >= 2 && given.slice(0, 2).every(isTensor)) return batch;
  throw new ArgumentError(
    `${where}: expected ${name} with batches [inputs, labels] of tensors, got ${shown(batch)}`,
  );
}

const isTensor = (value: unknown): boolean => value instanceof Tensor;

/** What to throw where batches that said that there are some gave none, or none with a sample. */
export function emptySet(where: string, name: string, batches: Batches): EmptySetError {
  if (batches instanceof DataLoader) {
    const { length } = batches.dataset;
    const size = batches.batchSize;
    return new EmptySetError(
      length === 0
        ? `${where}: expected ${name} with at least one sample, got an empty set`
        : `${where}: expected ${name} with at least one batch, got none: the set has ${length} ` +
            `samples, fewer than the batch size ${size}, and dropLast leaves them out`,
    );
  }
  return new EmptySetError(
    `${where}: expected ${name} with at least one batch of at least one sample, got ` +
      (batches.length < 1
        ? 'a length of 0'
        : `none, though its length is ${batches.length}: can it be run through more than once?`),
  );
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

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of class ${value.constructor?.name}`;
}
