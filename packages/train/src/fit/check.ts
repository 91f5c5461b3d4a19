import { LRScheduler, Optimizer, ReduceLROnPlateau } from '@convnet/optim';
import type { AnyModule } from '@convnet/layers';
import {
  ArgumentError,
  checkOptions,
  requireKind,
  type Stateful,
  type Tensor,
  formatValue,
} from '@convnet/tensor-core';

import { requireBatches } from '../batches.ts';
import type { Checkpoints } from '../checkpoint/checkpoints.ts';
import { checkEvaluate } from '../evaluate.ts';
import { requireFunction, requireModel } from '../require.ts';
import { earlyStoppingOptions, fitOptions, type FitOptions } from './options.ts';

/**
 * Checks what `fit` was given, before it does anything.
 * @throws ArgumentError for what is missing, unknown or does not belong together; EmptySetError.
 */
export function checkFit(model: unknown, options: FitOptions): void {
  requireModel('fit', model);
  checkOptions('fit', options, fitOptions);
  const { train, test, trainTest, optimizer, epochs } = options ?? {};
  requireBatches('fit', 'train', train);
  if (test !== undefined) requireBatches('fit', 'test', test);
  if (trainTest !== undefined) requireBatches('fit', 'trainTest', trainTest);
  if (!(optimizer instanceof Optimizer)) {
    throw new ArgumentError(
      `fit: expected optimizer as an Optimizer, got ${formatValue(optimizer)}`,
    );
  }
  requireOptimizerOf(model, optimizer);
  requireKind('fit', 'epochs', epochs, fitOptions.epochs);
  checkLoss(options);
  checkSchedule(options);
  checkCallbacks(options);
  checkEarlyStopping(options);
  checkCheckpoints(options);
}

function checkLoss({ loss, metrics, step, test, trainTest }: FitOptions): void {
  const given = { ...(loss !== undefined && { loss }), ...(metrics !== undefined && { metrics }) };
  checkEvaluate('fit', { ...given, ...(step !== undefined && { step }) });
  if (metrics === undefined || test !== undefined || trainTest !== undefined) return;
  throw new ArgumentError(
    'fit: expected metrics with a test set, which they are computed on, got none',
  );
}

/** @throws ArgumentError where no parameter of the optimiser is the model's, or some were disposed of. */
function requireOptimizerOf(model: AnyModule, optimizer: Optimizer): void {
  const own = new Set<Tensor>(model.parameters());
  const all = optimizer.groups.flatMap(({ parameters }) => parameters);
  const gone = all.filter(({ isReleased }) => isReleased).length;
  if (gone > 0) {
    throw new ArgumentError(
      `fit: expected an optimiser of the model's parameters, got one with ${gone} of ${all.length} disposed of: ` +
        `make it after what changes the model, such as replaceHead`,
    );
  }
  if (all.some((parameter) => own.has(parameter))) return;
  throw new ArgumentError(
    `fit: expected an optimiser of the model's parameters, got one of ${all.length} others: was it made ` +
      `for another model?`,
  );
}

/** @throws ArgumentError where it would not change the rates of this optimiser. */
function checkSchedule({ schedule, scheduleEvery, optimizer }: FitOptions): void {
  if (scheduleEvery !== undefined && schedule === undefined) {
    throw new ArgumentError('fit: expected a schedule with scheduleEvery, got none');
  }
  if (schedule === undefined) return;
  if (schedule instanceof ReduceLROnPlateau && scheduleEvery === 'step') {
    throw new ArgumentError(
      "fit: expected a ReduceLROnPlateau with scheduleEvery 'epoch', as it looks at a number of the epoch, got 'step'",
    );
  }
  requireFunction('fit', 'schedule.step', schedule?.step);
  const isOther =
    (schedule instanceof LRScheduler || schedule instanceof ReduceLROnPlateau) &&
    schedule.optimizer !== optimizer;
  if (isOther) {
    throw new ArgumentError(
      'fit: expected a schedule of the optimiser that it was given, got one of another optimiser',
    );
  }
}

function checkCallbacks(options: FitOptions): void {
  const { average, callbacks, signal } = options;
  if (average !== undefined) requireFunction('fit', 'average.update', average?.update);
  if (callbacks !== undefined) {
    const list: unknown = callbacks;
    if (!Array.isArray(list)) {
      throw new ArgumentError(`fit: expected callbacks as an array, got ${formatValue(list)}`);
    }
    list.forEach((callback: unknown, i) => {
      const names = ['onStart', 'onStep', 'onEpoch', 'onEnd'];
      const methods = names.filter(
        (name) => typeof (callback as Record<string, unknown> | null)?.[name] === 'function',
      );
      if (methods.length > 0) return;
      throw new ArgumentError(
        `fit: expected callbacks[${i}] with one of ${names.join(', ')}, got ${formatValue(callback)}`,
      );
    });
  }
  if (signal !== undefined && typeof signal?.aborted !== 'boolean') {
    throw new ArgumentError(`fit: expected signal as an AbortSignal, got ${formatValue(signal)}`);
  }
}

function checkCheckpoints({ checkpoints, schedule, average }: FitOptions): void {
  if (checkpoints === undefined) return;
  // Not by its class, which brings the reader of weight files with it: those who save nothing need not have it.
  const given = checkpoints as Partial<Checkpoints> | null;
  if (typeof given?.save !== 'function' || typeof given.restore !== 'function') {
    throw new ArgumentError(
      `fit: expected checkpoints as Checkpoints, such as new Checkpoints(folderStore(path)), got ${formatValue(checkpoints)}`,
    );
  }
  for (const [name, part] of Object.entries({ schedule, average })) {
    const { stateDict, loadStateDict } = (part ?? {}) as Partial<Stateful>;
    if (part === undefined) continue;
    if (typeof stateDict === 'function' && typeof loadStateDict === 'function') continue;
    throw new ArgumentError(
      `fit: expected the ${name} with stateDict() and loadStateDict() where there are checkpoints, got none`,
    );
  }
}

function checkEarlyStopping({ earlyStopping }: FitOptions): void {
  if (earlyStopping === undefined) return;
  checkOptions('fit, earlyStopping', earlyStopping, earlyStoppingOptions, ['patience']);
}
