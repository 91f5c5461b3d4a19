import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { withDevice, type DeviceRequest } from '../device/open-device.ts';
import { openData } from '../data/open-data.ts';
import { CliError, messageOf } from '../errors.ts';
import { addOptions, deviceOptions } from '../options.ts';
import { readConfig } from '../run/config.ts';
import { weightsName } from '../run/model-folder.ts';
import { checkpointFolder, goOnWith, trainRun } from '../run/train-run.ts';
import type { AddCommand, Terminal } from '../terminal.ts';
import { tellData } from './given-data.ts';
import { requireSameTask } from './given-model.ts';
import { tellTrained } from './start-run.ts';

/** `convnet resume runs/a`: goes on with a run that was interrupted. */
export const addResume: AddCommand = (program, terminal, start) => {
  const command = program
    .command('resume')
    .argument('<run>', 'folder of the run, such as runs/resnet18')
    .summary('go on with a run that was interrupted')
    .description(
      'Goes on with a run from its latest checkpoint, with the options that it was started with. ' +
        'On the same device it ends with the bits of a run that was never interrupted.',
    );
  addOptions(command, deviceOptions());
  command.action((folder: string, given: DeviceRequest) => {
    start(async (interruption) => {
      const config = await readConfig(folder, (note) => terminal.error.write(`${note}\n`));
      interruption.leaves(`the run is as it was. ${goOnWith(folder)}`);
      if (!(await hasCheckpoint(folder))) await sayThatItBegins(folder, terminal);
      const data = await openData({ ...config.data, knownTask: config.task });
      requireSameTask(config.task, data.task, `${folder}: the run has`, 'the data now have');
      tellData(data, terminal);
      const card = await withDevice(given, terminal, (device) =>
        trainRun({ folder, config, data, resume: true, device, terminal, interruption }),
      );
      tellTrained(folder, card, terminal);
    });
  });
};

async function hasCheckpoint(folder: string): Promise<boolean> {
  const names = await readdir(checkpointFolder(folder)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new CliError(
      `the checkpoints of '${folder}' cannot be read (${messageOf(error)}): expected the folder ${checkpointFolder(folder)}`,
      { cause: error },
    );
  });
  return names.some((name) => /^step-.*\.safetensors$/.test(name));
}

/** @throws CliError where a trained network would be overwritten. */
async function sayThatItBegins(folder: string, { error }: Terminal): Promise<void> {
  const isTrained = await stat(join(folder, weightsName)).then(
    () => true,
    () => false,
  );
  if (isTrained) {
    throw new CliError(
      `'${folder}' has a trained network but no checkpoint to go on from: use the network as it is, train another by 'convnet ` +
        `train' with another --out, or remove ${weightsName} to begin this run anew`,
    );
  }
  error.write(`'${folder}' has no checkpoint yet: the run begins from its first step\n`);
}
