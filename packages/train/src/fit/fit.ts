import type { AnyModule } from '@convnet/layers';
import { DeviceError } from '@convnet/tensor-core';

import type { LabelledBatch } from '../batches.ts';
import { checkFit } from './check.ts';
import { modesOf } from './modes.ts';
import type { FitOptions } from './options.ts';
import type { FitReport } from './reports.ts';
import { Run } from './run.ts';

/**
 * Trains a network, in training mode; every module is in the mode it was in when `fit` ends, however it ends.
 * Normalisation layers whose weights are frozen stay in evaluation mode.
 *
 * The losses are read every `checkEvery` steps, and whether the weights are finite is looked at. Where one is not,
 * model, optimiser (state and rates), `schedule` and `average` go back to the last good look, so that training can go
 * on from there as if the steps since had not been; a schedule or average of the caller's that has no `snapshot`
 * stays as it is. The number of the loader's next epoch and the stream of random numbers are not put back. For going
 * back, `fit` holds copies: as much memory as the weights and the optimiser's state take.
 *
 * An error of the device, such as one that is lost, carries the step (`DeviceError.training`). With `checkpoints`, a model on
 * a new device goes on from the last of them.
 *
 * Where `fit` ends by any other error, of a callback, of the data, of memory that runs out, or by `signal`, what the
 * steps so far have done stands: whole steps, of the optimiser, then the schedule, then the average, of which those
 * since the last look have not been looked at. Only an error thrown by one of these three comes between them; an
 * optimiser's says whether it has changed anything. Another `fit` goes on from there.
 *
 * @throws NonFiniteLossError, which names batch and samples where the data are to blame; NonFiniteWeightsError;
 * EmptySetError where `train` or `test` has no sample; ArgumentError for what is missing or does not belong together.
 */
export async function fit<Batch = LabelledBatch>(
  model: AnyModule,
  options: FitOptions<Batch>,
): Promise<FitReport> {
  checkFit(model, options as unknown as FitOptions);
  const restoreModes = modesOf(model);
  const run = new Run(model, options);
  let failure: unknown;
  try {
    await run.train();
  } catch (error) {
    // Of batches whose step never came.
    options.optimizer.zeroGrad();
    if (error instanceof DeviceError) error.endsTraining(run.place);
    failure = error ?? new Error('fit was stopped by an error that is none');
    throw error;
  } finally {
    run.dispose();
    restoreModes();
    await run.end(failure);
  }
  return run.report;
}
