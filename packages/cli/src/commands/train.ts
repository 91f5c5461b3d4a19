import { Option } from 'commander';

import { architectureOf } from '../architectures.ts';
import { withDevice, type DeviceRequest } from '../device/open-device.ts';
import {
  addOptions,
  builderOptionOption,
  configOption,
  dataOptions,
  defaultOptions,
  deviceOptions,
  readConfigFile,
  recipeOptions,
} from '../options.ts';
import type { AddCommand } from '../terminal.ts';
import { requireStart, startRun, type GivenRun } from './start-run.ts';

interface Given extends GivenRun, DeviceRequest {
  readonly model: string;
  readonly option?: Readonly<Record<string, unknown>>;
}

/** `convnet train`: from a folder of files to a trained network. */
export const addTrain: AddCommand = (program, terminal, start) => {
  const command = program
    .command('train')
    .summary('train a network on files of yours')
    .description(
      'Trains a network on files of yours: pictures, or recordings as WAV, CSV, .npy or records of PhysioNet, in folders that ' +
        'are named as their classes or in a list; on a file with a signal in each row; or on arrays of NumPy. The network, its ' +
        'checkpoints and its log are written to the folder of the run.',
    );
  addOptions(
    command,
    [
      new Option('--model <name>', "the network; 'convnet models' lists them").default('resnet18'),
      builderOptionOption(),
      new Option('--out <folder>', 'of the run (default: runs/<model>)'),
      configOption(),
    ],
    dataOptions(),
    recipeOptions({ epochs: 20, learningRate: 0.002 }),
    deviceOptions(),
  );
  command.addHelpText(
    'after',
    `
Examples:
  convnet train --data ./recordings                        recordings/<class>/*.wav
  convnet train --data ./words --group '/([a-z]+)_'        files of one speaker stay together
  convnet train --data ./ecg --labels ecg.csv --label-column rhythm --group-column patient
  convnet train --data ./ecg --labels ecg.csv --targets age
  convnet train --data beats_train.csv --test-data beats_test.csv --model resnet18 --option width=16
  convnet train --set fashion-mnist --model resnet20 --option width=8 --epochs 8

Where nothing is given to test with, a fifth of the samples tests; the classes keep their shares.
Ctrl-C saves and ends; convnet resume <run> goes on as if nothing had happened.
`,
  );
  command.action(() => {
    start(async (interruption) => {
      await readConfigFile(command);
      const given = command.opts<Given>();
      architectureOf(given.model);
      const point = { architecture: given.model, own: given.option ?? {} };
      await requireStart(given, point);
      await withDevice(given, terminal, (device) =>
        startRun(given, point, defaultOptions(command), { device, terminal, interruption }),
      );
    });
  });
};
