import { stat } from 'node:fs/promises';

import { openWeights, type TensorFile } from '@convnet/weights';
import { Option } from 'commander';

import { architectureOf } from '../architectures.ts';
import { withDevice, type DeviceRequest } from '../device/open-device.ts';
import { unknownName, UsageError } from '../errors.ts';
import { kerasPictures } from '../keras-twins.ts';
import {
  addOptions,
  builderOptionOption,
  configOption,
  dataOptions,
  defaultOptions,
  deviceOptions,
  positive,
  readConfigFile,
  recipeOptions,
} from '../options.ts';
import type { RunConfig } from '../run/config.ts';
import { readCard } from '../run/model-folder.ts';
import { runFolder } from '../run/run-folder.ts';
import type { AddCommand } from '../terminal.ts';
import { requireStart, startRun, type GivenRun, type StartingPoint } from './start-run.ts';

interface Given extends GivenRun, DeviceRequest {
  readonly from?: string;
  readonly model?: string;
  readonly weights?: string;
  readonly learn: 'all' | 'head';
  readonly backboneRate: number;
  readonly option?: Readonly<Record<string, unknown>>;
}

/** `convnet finetune`: a trained network learns other classes. */
export const addFinetune: AddCommand = (program, terminal, start) => {
  const command = program
    .command('finetune')
    .summary('teach a trained network other classes')
    .description(
      'Trains a network on other classes, from the weights of a run, of a file, or published ones. The head is new; the ' +
        'rest moves at a lower rate, or not at all.',
    );
  addOptions(
    command,
    [
      new Option(
        '--from <run>',
        'folder of a trained network; its preparation of the data is kept',
      ),
      new Option('--model <name>', "a network, with --weights; 'convnet models' lists both"),
      new Option(
        '--weights <name|file>',
        'published weights, or a file: .pth, .safetensors, or .keras and .h5 of keras.applications',
      ),
      new Option(
        '--learn <what>',
        'head: only the head, on features that are computed once where it is a linear layer',
      )
        .choices(['all', 'head'])
        .default('all'),
      new Option('--backbone-rate <share>', "rate of all but the head, as a share of the head's")
        .argParser(positive(1))
        .default(0.1),
      builderOptionOption(),
      new Option('--out <folder>', 'of the run (default: runs/<model>)'),
      configOption(),
    ],
    dataOptions(),
    recipeOptions({ epochs: 10, learningRate: 0.001 }),
    deviceOptions(),
  );
  command.addHelpText(
    'after',
    `
Examples:
  convnet finetune --from runs/resnet18 --data ./other --out runs/other
  convnet finetune --model resnet18 --weights IMAGENET1K_V1 --data ./photos --learn head
`,
  );
  command.action(() => {
    start(async (interruption) => {
      await readConfigFile(command);
      const given = command.opts<Given>();
      const point =
        given.from === undefined ? await ofWeights(given) : await ofRun(given.from, given);
      await requireStart(given, point);
      await withDevice(given, terminal, (device) =>
        startRun(given, point, defaultOptions(command), { device, terminal, interruption }),
      );
    });
  });
};

/** The network of a run, which sees its data as before. */
async function ofRun(folder: string, given: Given): Promise<StartingPoint> {
  if (given.model !== undefined || given.weights !== undefined) {
    throw new UsageError('expected either --from, or --model and --weights, got both');
  }
  const { architecture, options, preprocessing } = await readCard(folder);
  const { learn, backboneRate } = given;
  const kinds = { image: 2, signal: 1, array: undefined } as const;
  const dims = kinds[preprocessing.kind];
  const data: Partial<RunConfig['data']> = {
    preprocessing,
    ...(dims === undefined ? {} : { dims }),
    ...(preprocessing.kind === 'signal' && preprocessing.sampleRate !== null
      ? { sampleRate: preprocessing.sampleRate }
      : {}),
  };
  const own = { ...options.own, ...given.option };
  return {
    architecture,
    own,
    ...(options.twin !== undefined && { twin: options.twin }),
    data,
    start: { weights: await runFolder(folder), learn, backboneRate },
  };
}

/** A network with weights of a file, or published ones, whose preparation is then that of the data. */
async function ofWeights(given: Given): Promise<StartingPoint> {
  const { model, weights, learn, backboneRate, option, size } = given;
  if (model === undefined || weights === undefined) {
    throw new UsageError('expected --from <run>, or --model <name> and --weights <name|file>');
  }
  const { info } = architectureOf(model);
  const names = Object.keys(info.weights ?? {});
  const file = Object.entries(info.weights ?? {}).find(([name]) => name === weights)?.[1];
  if (file === undefined) {
    // Names of published weights are written so; a path has a dot or a slash.
    if (/^[A-Z0-9_]+$/.test(weights)) throw unknownName(`weights of ${model},`, weights, names);
    const point = {
      architecture: model,
      own: option ?? {},
      start: { weights, learn, backboneRate },
    };
    const format = await formatOf(weights);
    if (format !== 'keras' && format !== 'tfjs') return point;
    const side = size ?? Object.values(info.weights ?? {})[0]?.preprocessing.crop ?? 224;
    const preprocessing = kerasPictures(model, side);
    return { ...point, twin: 'keras', data: { dims: 2, preprocessing } };
  }
  const { mean, std, crop } = file.preprocessing;
  return {
    architecture: model,
    own: { ...file.builderOptions, ...option },
    data: { dims: 2, preprocessing: { kind: 'image', size: size ?? crop, mean, std } },
    start: { published: weights, learn, backboneRate },
  };
}

/** The format of a file of weights. @throws WeightsFileError for what is none. */
async function formatOf(path: string): Promise<TensorFile['format'] | 'run'> {
  const isRun = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isRun) return 'run';
  const file = await openWeights(path);
  await file.close();
  return file.format;
}
