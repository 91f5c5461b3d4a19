import { parentPort, workerData } from 'node:worker_threads';

import type { DataSplit } from '@convnet/datasets';
import type { Device } from '@convnet/tensor-core';

import { datasets } from '../dataset-table.ts';
import { openDevice } from '../devices/open-device.ts';
import { rowError } from '../report/failures.ts';
import type { Job } from './job.ts';
import type { LaneOptions, LaneReply, LaneRequest } from './lane-messages.ts';
import { networks } from './networks.ts';
import { atMost, enlarged } from './samples.ts';
import { timeSteps, trainModel, type TrainingJob } from './train-model.ts';

/** A thread that trains networks one after another: the other end of `Lane`. */

const options = workerData as LaneOptions;
const port = parentPort!;
const device = openDevice(options.backend, options);
const loaded = new Map<number, Promise<DataSplit>>();

const reply = (message: LaneReply): void => port.postMessage(message);

function splitOf({ dataset }: Job): Promise<DataSplit> {
  const known = loaded.get(dataset);
  if (known !== undefined) return known;
  const split = datasets[dataset]!.load();
  loaded.set(dataset, split);
  return split;
}

async function trainingOf(job: Job, on: Device): Promise<TrainingJob> {
  const { batchSize, maxLearningRate, dims } = datasets[job.dataset]!;
  const architecture = networks[job.network]!;
  const { loss, rateFactor = 1 } = architecture;
  const split = await splitOf(job);
  const part = (samples: DataSplit['train'], limit: number) =>
    enlarged(atMost(samples, limit), job.enlargement);
  const train = part(split.train, job.trainSamples);
  const [inChannels, ...inputSize] = train.inputShape;
  const shape = { dims, inChannels: inChannels!, inputSize, numClasses: train.classes.length };
  return {
    build: () => architecture.build({ ...shape, device: on }),
    device: on,
    train,
    test: part(split.test, job.testSamples),
    epochs: job.epochs,
    batchSize,
    maxLearningRate: maxLearningRate * rateFactor,
    seed: job.seed,
    ...(loss === undefined ? {} : { loss }),
    onStep: (report) => reply({ kind: 'step', report }),
    onEpoch: (report) => reply({ kind: 'epoch', report }),
  };
}

async function answer({ task, job }: LaneRequest): Promise<LaneReply> {
  try {
    const training = await trainingOf(job, (await device).device);
    return task === 'time'
      ? { kind: 'timed', secondsPerSample: await timeSteps(training) }
      : { kind: 'trained', result: await trainModel(training) };
  } catch (error) {
    return { kind: 'failed', error: rowError(error) };
  }
}

port.on('message', (request: LaneRequest) => {
  void answer(request).then(reply);
});
