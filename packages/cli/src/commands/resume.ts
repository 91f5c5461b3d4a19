import { withDevice, type DeviceRequest } from '../device/open-device.ts';
import { openData } from '../data/open-data.ts';
import { addOptions, deviceOptions } from '../options.ts';
import { readConfig } from '../run/config.ts';
import { trainRun } from '../run/train-run.ts';
import type { AddCommand } from '../terminal.ts';
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
    start(async () => {
      const config = await readConfig(folder);
      const data = await openData({ ...config.data, knownTask: config.task });
      requireSameTask(config.task, data.task, `${folder}: the run has`, 'the data now have');
      tellData(data, terminal);
      const card = await withDevice(given, terminal, (device) =>
        trainRun({ folder, config, data, device, resume: true, terminal }),
      );
      tellTrained(folder, card, terminal);
    });
  });
};
