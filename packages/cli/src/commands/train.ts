import { Option } from 'commander';

import { architectureOf } from '../architectures.ts';
import { withDevice, type DeviceRequest } from '../device.ts';
import {
  addOptions,
  builderOptionOption,
  configOption,
  dataOptions,
  deviceOptions,
  readConfigFile,
  recipeOptions,
} from '../options.ts';
import type { AddCommand } from '../terminal.ts';
import { startRun, type GivenRun } from './start-run.ts';

interface Given extends GivenRun, DeviceRequest {
  readonly model: string;
  readonly option?: Readonly<Record<string, unknown>>;
}

/** `convnet train`: from a folder of files to a trained network. */
export const addTrain: AddCommand = (program, terminal, start) => {
  const command = program
    .command('train')
    .summary('train a network on a folder of files')
    .description(
      'Trains a network on a folder with a folder of files for each class: pictures, or recordings as WAV, CSV or .npy. ' +
        'What it learns, its checkpoints and its log are written to the folder of the run.',
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
Of a folder without train/ and test/ a fifth of the files tests: each file is a recording or a picture of its own, and
the classes keep their shares. Files that belong together, such as those of one speaker, are kept together by --group:
  convnet train --data ./words --group '/([a-z]+)_'

Ctrl-C saves and ends; convnet resume <run> goes on as if nothing had happened.
`,
  );
  command.action(() => {
    start(async () => {
      await readConfigFile(command);
      const given = command.opts<Given>();
      architectureOf(given.model);
      const point = { architecture: given.model, own: given.option ?? {} };
      await withDevice(given, terminal, (device) => startRun(given, point, device, terminal));
    });
  });
};
