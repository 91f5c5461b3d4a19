import { DataLoader } from '@convnet/data';
import { computeFeatures } from '@convnet/train';
import { saveNpz } from '@convnet/weights/node';
import { Option } from 'commander';

import { withDevice, type DeviceRequest } from '../device/open-device.ts';
import { addOptions, deviceOptions, sourceOptions, whole } from '../options.ts';
import { loadModel, readCard } from '../run/model-folder.ts';
import { outputNames } from '../task.ts';
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
        'train_labels [N], test_features, test_labels.',
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
    start(async () => {
      const card = await readCard(folder);
      const data = await dataFor(folder, card, given);
      tellData(data, terminal);
      await withDevice(given, terminal, async (device) => {
        const model = await loadModel(folder, card, device);
        const { batchSize, onError, layer, out } = given;
        const parts = { train: data.plainTrain, test: data.test };
        const arrays: Parameters<typeof saveNpz>[1] & object = {};
        let size = 0;
        for (const [part, set] of Object.entries(parts)) {
          const loader = new DataLoader(set, { batchSize, device, onError });
          const features = await computeFeatures(model, loader, {
            classes: outputNames(card.task),
            ...(layer === undefined ? {} : { layer }),
          });
          size = features.inputShape.reduce((product, extent) => product * extent, 1);
          const all = Int32Array.from({ length: features.length }, (_, i) => i);
          const values = new Float32Array(features.length * size);
          const labels = new Int32Array(features.length);
          features.fill(all, values, labels);
          Object.assign(arrays, {
            [`${part}_features`]: {
              dtype: 'float32',
              shape: [features.length, ...features.inputShape],
              data: values,
            },
            [`${part}_labels`]: { dtype: 'int32', shape: [features.length], data: labels },
          });
        }
        await saveNpz(out, arrays);
        terminal.out.write(
          `${out}: ${size} features of ${parts.train.length} and ${parts.test.length} samples\n`,
        );
      });
    });
  });
};
