import { concatDatasets, DataLoader } from '@convnet/data';
import { predict } from '@convnet/train';
import { writeFileAtomic } from '@convnet/weights/node';
import { Option } from 'commander';

import { withDevice, type DeviceRequest } from '../device/open-device.ts';
import { UsageError } from '../errors.ts';
import { tellLeftOut } from '../left-out.ts';
import { requireOutFile } from '../out-place.ts';
import { addOptions, deviceOptions, sourceOptions, whole } from '../options.ts';
import { loadModel, readCard } from '../run/model-folder.ts';
import { activationOf, evaluateTask, outputNoun } from '../task.ts';
import type { AddCommand } from '../terminal.ts';
import { evalReport } from './eval-report.ts';
import { tellData } from './given-data.ts';
import { dataFor, type GivenSource } from './given-model.ts';

interface Given extends GivenSource, DeviceRequest {
  readonly part: 'test' | 'train' | 'all';
  readonly batchSize: number;
  readonly json?: boolean;
  readonly confusion?: string;
}

/** `convnet eval runs/a`: how good a trained network is. */
export const addEval: AddCommand = (program, terminal, start) => {
  const command = program
    .command('eval')
    .argument('<run>', 'folder of a trained network, or npm:<package> that was published of one')
    .summary('how good a trained network is')
    .description(
      'Tests a trained network on the files that were kept back when it was trained, or on others: accuracy, loss, ' +
        'precision and recall of each class, and which class is taken for which; of numbers the mean errors.',
    );
  addOptions(
    command,
    sourceOptions(),
    [
      new Option('--part <part>', 'of the data').choices(['test', 'train', 'all']).default('test'),
      new Option('--on-error <what>', 'with files that cannot be read')
        .choices(['stop', 'skip'])
        .default('stop'),
      new Option('--batch-size <n>', 'samples at a time').argParser(whole(1)).default(64),
      new Option('--confusion <file.svg>', 'draw which class is taken for which'),
      new Option('--json', 'as JSON'),
    ],
    deviceOptions(),
  );
  command.action((folder: string, given: Given) => {
    start(async () => {
      const card = await readCard(folder);
      if (given.confusion !== undefined) {
        if (card.task.kind !== 'classification') {
          throw new UsageError(
            `--confusion: the network tells no classes, but ${outputNoun[card.task.kind]}`,
          );
        }
        await requireOutFile('the picture', given.confusion, '--confusion');
      }
      const data = await dataFor(folder, card, given);
      tellData(data, terminal);
      const { plainTrain, test } = data;
      const all = { test, train: plainTrain, all: concatDatasets([plainTrain, test]) };
      await withDevice(given, terminal, async (device) => {
        const model = await loadModel(folder, card, device);
        const { batchSize, onError } = given;
        const loader = new DataLoader(all[given.part], { batchSize, device, onError });
        const { task } = card;
        const evaluation = await evaluateTask(task, model, loader);
        const predictions = await predict(model, loader, { activation: activationOf(task) });
        const report = evalReport(task, evaluation, predictions);
        if (given.confusion !== undefined && report.confusion !== undefined) {
          const svg = new TextEncoder().encode(report.confusion.toSVG());
          await writeFileAtomic(given.confusion, [svg]);
        }
        tellLeftOut('sample', loader.skipped, terminal);
        terminal.out.write(
          given.json === true ? `${JSON.stringify(report.json, undefined, 2)}\n` : report.text,
        );
      });
    });
  });
};
