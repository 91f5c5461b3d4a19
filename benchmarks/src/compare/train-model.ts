import { DataLoader, type BlockDataset } from '@convnet/data';
import { Adam, OneCycleLR } from '@convnet/optim';
import { manualSeed, type Device, type Tensor } from '@convnet/tensor-core';
import { evaluate, fit, type Classifier, type EpochReport, type StepReport } from '@convnet/train';

import type { Timing, TrainingFigures } from '../report/row.ts';
import { atMost } from './samples.ts';
import { StepTimes } from './step-times.ts';

/** What to train and how. */
export interface TrainingJob {
  /** Builds the network on `device`, where it draws its first weights. */
  readonly build: () => Classifier;
  readonly device: Device;
  readonly train: BlockDataset;
  readonly test: BlockDataset;
  readonly epochs: number;
  readonly batchSize: number;
  readonly maxLearningRate: number;
  readonly seed: number;
  /** Default: cross-entropy. */
  readonly loss?: (outputs: Tensor, labels: Tensor) => Tensor;
  readonly onStep: (report: StepReport) => void;
  readonly onEpoch: (report: EpochReport) => void;
}

export interface TrainingResult {
  readonly accuracy: number;
  readonly ms: Timing;
  readonly figures: TrainingFigures;
}

/**
 * Steps that are timed, after one that is not. `fit` captures the second step and replays those that follow, and the
 * engine optimises the kernels meanwhile: only after some of them is a step as quick as nearly all of a training are.
 */
const timedSteps = 16;

/** Samples in a batch of the test. */
const testBatchSize = 256;

/**
 * Trains a new network with Adam and a one-cycle schedule, then tests it once. The seed fixes the first
 * weights, the order of the samples and their random changes.
 * @throws NonFiniteLossError.
 */
export async function trainModel(job: TrainingJob): Promise<TrainingResult> {
  const { device, epochs, batchSize, maxLearningRate, seed, loss } = job;
  manualSeed(seed);
  const model = job.build();
  const optimizer = new Adam(model.parameters(), { learningRate: maxLearningRate });
  try {
    const train = new DataLoader(job.train, { batchSize, shuffle: true, seed, device });
    const test = new DataLoader(job.test, { batchSize: testBatchSize, device });
    const schedule = new OneCycleLR(optimizer, {
      maxLearningRate,
      totalSteps: epochs * train.length,
    });
    const times = new StepTimes();
    const reports = await fit(model, {
      train,
      optimizer,
      epochs,
      schedule,
      ...(loss === undefined ? {} : { loss }),
      onEpoch: job.onEpoch,
      onStep: (report) => {
        times.add(report.step);
        job.onStep(report);
      },
    });
    const { accuracy } = await evaluate(model, test);
    const seconds = reports.reduce((sum, report) => sum + report.seconds, 0);
    return {
      accuracy,
      ms: times.timing(),
      figures: {
        epochs,
        batchSize,
        trainSamples: job.train.length,
        testSamples: job.test.length,
        loss: reports.at(-1)!.loss,
        seconds,
        secondsPerEpoch: seconds / epochs,
        samplesPerSecond: (epochs * job.train.length) / seconds,
      },
    };
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

/**
 * Seconds that a sample takes in a training step: of the quickest of a few, so that other work on the machine
 * hardly shows. The network is thrown away.
 */
export async function timeSteps(job: TrainingJob): Promise<number> {
  const train = atMost(job.train, (timedSteps + 1) * job.batchSize);
  const quiet = { onStep: () => undefined, onEpoch: () => undefined };
  const { ms } = await trainModel({
    ...job,
    ...quiet,
    train,
    test: atMost(job.test, 1),
    epochs: 1,
  });
  return ms.min / 1000 / Math.min(job.batchSize, train.length);
}
