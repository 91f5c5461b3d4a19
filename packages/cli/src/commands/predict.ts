import { DataLoader } from '@convnet/data';
import { predict, type Predictions } from '@convnet/train';
import { Option } from 'commander';

import { givenSet, requireFiles } from '../data/given-files.ts';
import { withDevice, type DeviceRequest } from '../device/open-device.ts';
import { tellLeftOut } from '../left-out.ts';
import { addOptions, deviceOptions, whole } from '../options.ts';
import { readData } from '../run/config.ts';
import { loadModel, readCard } from '../run/model-folder.ts';
import { formatTable, percent } from '../table.ts';
import { activationOf, outputNames, toUnits, type Task } from '../task.ts';
import type { AddCommand } from '../terminal.ts';

interface Given extends DeviceRequest {
  readonly top: number;
  readonly batchSize: number;
  readonly onError: 'stop' | 'skip';
  readonly json?: boolean;
}

/** `convnet predict runs/a new/*.wav`: what a trained network says of files. */
export const addPredict: AddCommand = (program, terminal, start) => {
  const command = program
    .command('predict')
    .argument('<run>', 'folder of a trained network, or npm:<package> that was published of one')
    .argument('<files...>', 'files, folders of files, or files with a signal in each row')
    .summary('what a trained network says of files')
    .description(
      'Says of each file which class it is, and how sure the network is; which labels it has; or the numbers that were ' +
        'learned.',
    );
  addOptions(
    command,
    [
      new Option('--top <n>', 'classes to show of each file').argParser(whole(1)).default(1),
      new Option('--on-error <what>', 'with files that cannot be read')
        .choices(['stop', 'skip'])
        .default('stop'),
      new Option('--batch-size <n>', 'files at a time').argParser(whole(1)).default(32),
      new Option('--json', 'as JSON'),
    ],
    deviceOptions(),
  );
  command.action((folder: string, paths: readonly string[], given: Given) => {
    start(async () => {
      const card = await readCard(folder);
      const { preprocessing, task } = card;
      requireFiles(preprocessing);
      const data = await readData(folder);
      const set = await givenSet(paths, preprocessing, data);
      await withDevice(given, terminal, async (device) => {
        const model = await loadModel(folder, card, device);
        const { batchSize, onError, top, json = false } = given;
        const loader = new DataLoader(set, { batchSize, device, onError });
        const predictions = await predict(model, loader, { activation: activationOf(task) });
        const { skipped } = loader;
        tellLeftOut('sample', skipped, terminal);
        const left = new Set(skipped.map(({ index }) => index));
        const seen = Array.from({ length: set.length }, (_, i) => i)
          .filter((i) => !left.has(i))
          .map((i) => set.nameOf!(i));
        const said = saying(task, predictions, top);
        if (json) {
          const rows = seen.map((file, i) => ({ file, ...said.json(i) }));
          terminal.out.write(`${JSON.stringify(rows, undefined, 2)}\n`);
          return;
        }
        const cells = seen.map((file, i) => [file, ...said.cells(i)]);
        const numbers = said.head.map((_, column) => column + 1);
        terminal.out.write(
          `${formatTable(['file', ...said.head], cells, task.kind === 'regression' ? numbers : [])}\n`,
        );
      });
    });
  });
};

/** What is said of each sample, in a table and as JSON. */
interface Saying {
  readonly head: readonly string[];
  cells(sample: number): readonly string[];
  json(sample: number): Readonly<Record<string, unknown>>;
}

function saying(task: Task, predictions: Predictions, top: number): Saying {
  const names = outputNames(task);
  if (task.kind === 'regression') {
    const values = toUnits(task, predictions.outputs);
    const row = (i: number): number[] => [
      ...values.subarray(i * names.length, (i + 1) * names.length),
    ];
    return {
      head: names,
      cells: (i) => row(i).map((value) => String(Number(value.toPrecision(5)))),
      json: (i) => ({
        numbers: Object.fromEntries(row(i).map((value, k) => [names[k], value])),
      }),
    };
  }
  const named = (label: number, i: number): { name: string; probability: number } => ({
    name: names[label]!,
    probability: predictions.probabilities[i * names.length + label]!,
  });
  const shown = (found: readonly { name: string; probability: number }[]): string =>
    found.map(({ name, probability }) => `${name} ${percent(probability)}`).join(', ');
  if (task.kind === 'classification') {
    const best = (i: number): { name: string; probability: number }[] =>
      predictions.top(i, top).map(({ label }) => named(label, i));
    return {
      head: ['class'],
      cells: (i) => [shown(best(i))],
      json: (i) => ({ classes: best(i) }),
    };
  }
  return {
    head: ['labels'],
    cells: (i) => [
      shown(
        names.map((_, label) => named(label, i)).filter(({ probability }) => probability >= 0.5),
      ) || 'none',
    ],
    json: (i) => ({
      labels: Object.fromEntries(names.map((name, label) => [name, named(label, i).probability])),
    }),
  };
}
