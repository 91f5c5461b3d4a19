import { concatDatasets, DataLoader } from '@convnet/data';
import { confusionMatrix, evaluate, perClass, predict } from '@convnet/train';
import { writeFileAtomic } from '@convnet/weights/node';
import { Option } from 'commander';

import { withDevice, type DeviceRequest } from '../device.ts';
import { addOptions, deviceOptions, sourceOptions, whole } from '../options.ts';
import { loadModel, readCard } from '../run/model-folder.ts';
import { formatTable, percent } from '../table.ts';
import type { AddCommand } from '../terminal.ts';
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
    .argument('<run>', 'folder of a trained network')
    .summary('how good a trained network is')
    .description(
      'Tests a trained network on the files that were kept back when it was trained, or on others: accuracy, loss, ' +
        'precision and recall of each class, and which class is taken for which.',
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
      const data = await dataFor(folder, card, given);
      tellData(data, terminal);
      const { plainTrain, test } = data;
      const all = { test, train: plainTrain, all: concatDatasets([plainTrain, test]) };
      await withDevice(given, terminal, async (device) => {
        const model = await loadModel(folder, card, device);
        const { batchSize, onError } = given;
        const loader = new DataLoader(all[given.part], { batchSize, device, onError });
        const { accuracy, loss, samples } = await evaluate(model, loader);
        const { classes } = card;
        const predictions = await predict(model, loader, { classes });
        const labels = predictions.targets!;
        const matrix = confusionMatrix(labels, predictions.labels, { classes });
        // A class behind the last that occurs has no figures.
        const found = perClass(labels, predictions.labels);
        const none = { precision: 0, recall: 0, f1: 0, support: 0 };
        const figures = classes.map((_, i) => found[i] ?? none);
        const { confusion, json = false } = given;
        if (confusion !== undefined) {
          await writeFileAtomic(confusion, [new TextEncoder().encode(matrix.toSVG())]);
        }
        const { skipped } = loader;
        if (skipped.length > 0) {
          terminal.error.write(`left out ${skipped.length} samples that cannot be read:\n`);
          for (const { source, reason } of skipped)
            terminal.error.write(`  ${source}: ${reason}\n`);
        }
        if (json) {
          const perClassByName = Object.fromEntries(figures.map((row, i) => [classes[i], row]));
          const report = {
            accuracy,
            loss,
            samples,
            perClass: perClassByName,
            confusion: matrix.rows,
          };
          terminal.out.write(`${JSON.stringify(report, undefined, 2)}\n`);
          return;
        }
        const rows = figures.map(({ precision, recall, f1, support }, i) => [
          classes[i]!,
          percent(precision),
          percent(recall),
          percent(f1),
          String(support),
        ]);
        terminal.out.write(
          `accuracy ${percent(accuracy)}, loss ${loss.toFixed(4)}, ${samples} samples\n\n` +
            `${formatTable(['class', 'precision', 'recall', 'F1', 'samples'], rows, [1, 2, 3, 4])}\n\n` +
            `rows: what it is; columns: what the network says\n${String(matrix)}\n`,
        );
      });
    });
  });
};
