import { DataLoader, type HostArray } from '@convnet/data';
import { computeFeatures } from '@convnet/train';
import type { HostTensor } from '@convnet/weights';
import { saveNpz } from '@convnet/weights/node';
import { Option } from 'commander';

import { withDevice, type DeviceRequest } from '../device/open-device.ts';
import { requireOutFile } from '../out-place.ts';
import { addOptions, deviceOptions, sourceOptions, whole } from '../options.ts';
import { loadModel, readCard } from '../run/model-folder.ts';
import { toUnits, type Task } from '../task.ts';
import type { AddCommand } from '../terminal.ts';
import { tellData } from './given-data.ts';
import { dataFor, type GivenSource } from './given-model.ts';

interface Given extends GivenSource, DeviceRequest {
  readonly out: string;
  readonly layer?: string;
  readonly batchSize: number;
}

/** `convnet features runs/a`: what a network makes of the samples before its head, for other programs. */
export const addFeatures: AddCommand = (program, terminal, start) => {
  const command = program
    .command('features')
    .argument('<run>', 'folder of a trained network, or npm:<package> that was published of one')
    .summary('write what a network makes of the samples')
    .description(
      'Writes what goes into the head of a trained network for each sample, as arrays of NumPy: train_features [N, C], ' +
        'train_labels [N], test_features, test_labels; for several labels or quantities train_targets [N, K] and ' +
        'test_targets.',
    );
  addOptions(
    command,
    sourceOptions(),
    [
      new Option('--out <file.npz>', 'where to').default('features.npz'),
      new Option('--layer <path>', 'whose output is taken, such as layer3'),
      new Option('--on-error <what>', 'with files that cannot be read')
        .choices(['stop', 'skip'])
        .default('stop'),
      new Option('--batch-size <n>', 'samples at a time').argParser(whole(1)).default(64),
    ],
    deviceOptions(),
  );
  command.action((folder: string, given: Given) => {
    start(async (interruption) => {
      const card = await readCard(folder);
      await requireOutFile('the features', given.out);
      const data = await dataFor(folder, card, given);
      tellData(data, terminal);
      interruption.leaves(`nothing was written to ${given.out}`);
      await withDevice(given, terminal, async (device) => {
        const model = await loadModel(folder, card, device);
        const { batchSize, onError, layer, out } = given;
        const parts = { train: data.plainTrain, test: data.test };
        const arrays: Parameters<typeof saveNpz>[1] & object = {};
        let size = 0;
        for (const [part, set] of Object.entries(parts)) {
          const loader = new DataLoader(set, { batchSize, device, onError });
          const { inputs, targets } = await computeFeatures(model, loader, {
            targets: 'arrays',
            ...(layer === undefined ? {} : { layer }),
          });
          size = inputs.shape.slice(1).reduce((product, extent) => product * extent, 1);
          const name = card.task.kind === 'classification' ? 'labels' : 'targets';
          Object.assign(arrays, {
            [`${part}_features`]: { dtype: 'float32', ...inputs },
            [`${part}_${name}`]: asGiven(card.task, targets),
          });
        }
        await saveNpz(out, arrays);
        interruption.leaves(`the features are written to ${out}`);
        terminal.out.write(
          `${out}: ${size} features of ${parts.train.length} and ${parts.test.length} samples\n`,
        );
      });
    });
  });
};

/** Targets as the data have them: quantities in their own units. */
function asGiven(task: Task, { data, shape }: HostArray): HostTensor {
  if (task.kind === 'classification') return { dtype: 'int32', shape, data: Int32Array.from(data) };
  const values = task.kind === 'regression' ? toUnits(task, data) : data;
  return { dtype: 'float32', shape, data: Float32Array.from(values) };
}
