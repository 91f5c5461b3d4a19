import { mnist } from '@convnet/datasets';
import type { Device } from '@convnet/tensor-core';

import {
  buildShared,
  sharedNames,
  sharedNetworks,
  trainedNetwork,
  type SharedNetwork,
} from '../backends/networks.ts';
import { layerTimes } from '../backends/layer-times.ts';
import { memoryLimit } from '../backends/memory-limit.ts';
import { productLimit } from '../backends/product-limit.ts';
import { digitsTraining, trainOnDigits } from '../backends/train-on-digits.ts';
import { countsOf } from '../compare/counts.ts';
import { openDevice, type OpenedDevice } from '../devices/open-device.ts';
import { OwnInference } from '../inference/own-inference.ts';
import { devicesPage } from '../report-page/devices-page.ts';
import * as columns from '../report/columns.ts';
import { nameOf, rowError } from '../report/failures.ts';
import { duration, digits, percent } from '../report/format.ts';
import type { BandwidthFigures, LayerFigures, Row, Timing } from '../report/row.ts';
import { meanOf, sampleDeviation } from '../report/statistics.ts';
import { timingOfTurns } from '../report/timing.ts';
import type { Suite, SuiteContext } from '../suite.ts';
import { alternate } from '../training/alternate.ts';
import { OwnSteps } from '../training/own-steps.ts';

/** A slow device is given few steps. */
const effort = {
  quick: { rounds: 6, turn: 75, leastSteps: 1, warmUp: 2, patience: 1000 },
  full: { rounds: 12, turn: 400, leastSteps: 1, warmUp: 3, patience: 10_000 },
} as const;

/** Milliseconds for each layer. */
const layerTime = { quick: 40, full: 500 } as const;

/** What a device reaches at most in this run. */
interface Limits {
  readonly gmacs: number;
  readonly bandwidth: BandwidthFigures;
}

/** Seconds that the trainings on digits may take on one device: a slower one is named instead. */
const mostSeconds = { quick: 60, full: 1200 } as const;

/** Forward, gradient by the input, gradient by the weights. */
const passesOfStep = 3;

/** Puts the devices of this machine side by side. */
export const backends: Suite = {
  name: 'backends',
  summary: 'the devices of this machine side by side on the same networks',
  description:
    'Runs the same small networks on every backend that runs here, in turns: time of a training step and of one ' +
    'sample through the compiled network, multiply-accumulates per second, their share of what the device reaches ' +
    'in its best matrix product, memory, and each layer alone (on the page, against the limits of the device). A LeNet trains on a thousand digits with three seeds on each, whose ' +
    'accuracies should agree within their spread. Backends that are absent are named with what would bring them.',
  options: ['models'],
  modelNames: sharedNames,
  defaultBackend: 'all',
  together: true,
  columns: [
    columns.model,
    columns.backend,
    columns.input,
    { ...columns.median, title: ['ms for', 'a step'] },
    columns.onDeviceInference,
    columns.inferenceGmacs,
    columns.trainingGmacs,
    columns.shareOfLimit,
    columns.onDeviceMemory,
    columns.accuracyAndSpread,
  ],
  page: devicesPage,
  async *run(context) {
    const { devices, options, progress, signal, note } = context;
    const limits: Limits[] = [];
    for (const { device, backend } of devices) {
      progress.note(`${backend}: measuring its best matrix product and its memory`);
      limits.push({ gmacs: await productLimit(device), bandwidth: await memoryLimit(device) });
      signal.throwIfAborted();
    }
    note(
      'The share is of the multiply-accumulates per second of the device’s best square matrix product in this run: ' +
        `${devices.map(({ backend }, i) => `${backend} ${digits(limits[i]!.gmacs)} G`).join(', ')}. ` +
        'A training step counts three times its forward pass.',
    );
    for (const network of sharedNetworks) {
      if (options.models?.includes(network.name) === false) continue;
      const rows = await rowsOf(context, network, limits);
      const sentence = agreementOf(rows);
      if (sentence !== null) note(sentence);
      yield* rows;
    }
  },
};

/** One row for each device; those that fail have an error, and the others go on without them. */
async function rowsOf(
  context: SuiteContext,
  network: SharedNetwork,
  limits: readonly Limits[],
): Promise<Row[]> {
  const { devices, signal, progress } = context;
  const sides: Side[] = [];
  const rows: Row[] = [];
  try {
    for (const [i, opened] of devices.entries()) {
      const row = blankOf(network, opened);
      try {
        sides.push(await Side.open(context, network, opened, limits[i]!, row));
      } catch (error) {
        if (signal.aborted) throw error;
        progress.note(`${nameOf(row)} on ${opened.backend}: failed, the rest goes on`);
        rows.push({ ...row, error: rowError(error) });
      }
    }
    return [...(await measured(context, network, sides)), ...rows];
  } finally {
    for (const side of sides) side.dispose();
  }
}

async function measured(
  context: SuiteContext,
  network: SharedNetwork,
  sides: readonly Side[],
): Promise<Row[]> {
  const { options, progress, signal } = context;
  const label = `${network.name} ${network.dims}D`;
  const timed = (what: string, steppers: Parameters<typeof alternate>[0]) =>
    alternate(steppers, {
      ...effort[options.profile],
      signal,
      onRound: (share) => progress.show([{ label: `${label}, ${what}`, share, detail: '' }]),
    });
  const steps = await timed(
    'steps',
    sides.map(({ training }) => training),
  );
  const memory = sides.map(({ device }) => device.memory().reserved);
  const runs = await timed(
    'inference',
    sides.map(({ inference }) => inference),
  );
  const rows: Row[] = [];
  for (const [i, side] of sides.entries()) {
    const ms = timingOfTurns(steps[i]!);
    const first = timingOfTurns(steps[0]!);
    const accuracies = await accuraciesOf(context, network, side, ms, label);
    rows.push({
      ...side.row,
      ms,
      ...(accuracies === undefined ? {} : { accuracy: meanOf(accuracies), accuracies }),
      ...(i === 0
        ? {}
        : {
            beside: { name: sides[0]!.backend, ms: first },
            ratio: first.median / ms.median,
            ratioOfMinima: first.min / ms.min,
          }),
      onDevice: {
        ...side.rates(ms, timingOfTurns(runs[i]!)),
        memoryBytes: memory[i]!,
        layers: await layersOf(context, network, side, label),
      },
    });
    progress.note(`${label} on ${side.backend}: ${digits(ms.median)} ms a step`);
  }
  return rows;
}

/** Its layers alone, on the side's device. */
async function layersOf(
  { options, progress, signal }: SuiteContext,
  network: SharedNetwork,
  { backend, device }: Side,
  label: string,
): Promise<LayerFigures[]> {
  progress.show([{ label: `${label} on ${backend}, layers`, share: 0, detail: '' }]);
  const model = buildShared(network, device);
  try {
    const shape = [network.batch, ...network.inputShape];
    const time = layerTime[options.profile];
    return await layerTimes(model, shape, { device, time, signal });
  } finally {
    model.dispose();
  }
}

/** Of the trainings on digits; undefined for other networks, and for a device that would take too long. */
async function accuraciesOf(
  { options, progress, signal, note, attribute }: SuiteContext,
  network: SharedNetwork,
  { backend, device }: Side,
  step: Timing,
  label: string,
): Promise<readonly number[] | undefined> {
  if (network.name !== trainedNetwork) return undefined;
  const { trainSamples, epochs, seeds } = digitsTraining;
  const seconds = (seeds * epochs * (trainSamples / network.batch) * step.median) / 1000;
  if (seconds > mostSeconds[options.profile]) {
    const wait = options.profile === 'quick' ? ' --profile full waits longer.' : '';
    note(`Not trained on digits: ${backend}, which would take ${duration(seconds)} here.${wait}`);
    return undefined;
  }
  const split = await mnist({ dims: 2 });
  attribute(split.source);
  return trainOnDigits(network, device, split, (seed) => {
    signal.throwIfAborted();
    const share = seed / seeds;
    progress.show([{ label: `${label} on ${backend}, digits`, share, detail: '' }]);
  });
}

/** A network on one of the devices, opened anew so that its memory is the network's. */
class Side {
  readonly backend: string;
  readonly row: Row;
  readonly device: Device;
  readonly training: OwnSteps;
  readonly inference: OwnInference;
  readonly #batch: number;
  readonly #limits: Limits;

  private constructor(
    { backend, device }: OpenedDevice,
    row: Row,
    network: SharedNetwork,
    limits: Limits,
    inference: OwnInference,
  ) {
    this.backend = backend;
    this.row = row;
    this.device = device;
    this.training = new OwnSteps(network, device, (on) => buildShared(network, on));
    this.inference = inference;
    this.#batch = network.batch;
    this.#limits = limits;
  }

  static async open(
    { options }: SuiteContext,
    network: SharedNetwork,
    { backend, threads }: OpenedDevice,
    limits: Limits,
    row: Row,
  ): Promise<Side> {
    const opened = await openDevice(backend, { threads, revectorize: options.revectorize });
    try {
      const { name, inputShape } = network;
      const size = inputShape.reduce((product, extent) => product * extent, 1);
      const inference = await OwnInference.of(
        { name, inputShape: [1, ...inputShape], build: () => buildShared(network) },
        Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.37)),
        opened.device,
      );
      return new Side(opened, row, network, limits, inference);
    } catch (error) {
      opened.device.dispose();
      throw error;
    }
  }

  rates(step: Timing, inference: Timing) {
    const macs = this.row.macs!;
    const trainingGmacs = (passesOfStep * macs * this.#batch) / step.median / 1e6;
    return {
      trainingMsPerSample: step.median / this.#batch,
      inference,
      trainingGmacs,
      inferenceGmacs: macs / inference.median / 1e6,
      limitGmacs: this.#limits.gmacs,
      bandwidth: this.#limits.bandwidth,
      shareOfLimit: trainingGmacs / this.#limits.gmacs,
    };
  }

  dispose(): void {
    this.inference.dispose();
    this.training.dispose();
    this.device.dispose();
  }
}

function blankOf(network: SharedNetwork, { backend, threads }: OpenedDevice): Row {
  const { name, dims, batch, inputShape, numClasses } = network;
  const [inChannels, ...inputSize] = inputShape;
  const { params, macs } = countsOf(() => buildShared(network), {
    dims,
    inChannels: inChannels!,
    inputSize,
    numClasses,
  });
  return {
    suite: backends.name,
    model: name,
    dims,
    backend,
    threads,
    dataset: name === trainedNetwork ? 'mnist' : null,
    inputShape: [batch, ...inputShape],
    params,
    macs,
    accuracy: null,
    ms: null,
  };
}

/** Whether the devices learn alike: their means differ by less than the seeds of one do. */
function agreementOf(rows: readonly Row[]): string | null {
  const trained = rows.flatMap(({ backend, accuracies }) =>
    accuracies === undefined ? [] : [{ backend, accuracies }],
  );
  if (trained.length < 2) return null;
  const means = trained.map(({ accuracies }) => meanOf(accuracies));
  const difference = Math.max(...means) - Math.min(...means);
  const spread = Math.max(...trained.map(({ accuracies }) => sampleDeviation(accuracies)));
  const verdict = difference <= spread ? 'within' : 'MORE THAN';
  return (
    `Mean accuracies on ${digitsTraining.trainSamples} digits differ by ${percent(difference)} between the backends, ` +
    `${verdict} the spread of the seeds (${percent(spread)}).`
  );
}
