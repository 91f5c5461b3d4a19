import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { DataLoader, folderFiles, type Dataset, type LabelledSample } from '@convnet/data';
import { decodeImage, imageEndings } from '@convnet/data/image';
import { predict } from '@convnet/train';
import { Option } from 'commander';

import { signalEndings } from '../data/folder.ts';
import type { RawSet } from '../data/opened-data.ts';
import { preparedSet } from '../data/prepared-set.ts';
import {
  imageSteps,
  signalSteps,
  type ImagePreprocessing,
  type SignalPreprocessing,
} from '../data/preprocessing.ts';
import { recordingReader } from '../data/recording-file.ts';
import { withDevice, type DeviceRequest } from '../device.ts';
import { CliError } from '../errors.ts';
import { addOptions, deviceOptions, whole } from '../options.ts';
import { loadModel, readCard } from '../run/model-folder.ts';
import { formatTable, percent } from '../table.ts';
import type { AddCommand } from '../terminal.ts';

interface Given extends DeviceRequest {
  readonly top: number;
  readonly batchSize: number;
  readonly onError: 'stop' | 'skip';
  readonly json?: boolean;
}

/** What is done to a file. */
type FilePreprocessing = ImagePreprocessing | SignalPreprocessing;

/** `convnet predict runs/a new/*.wav`: what a trained network says of files. */
export const addPredict: AddCommand = (program, terminal, start) => {
  const command = program
    .command('predict')
    .argument('<run>', 'folder of a trained network')
    .argument('<files...>', 'files, or folders of files')
    .summary('what a trained network says of files')
    .description('Says of each file which class it is, and how sure the network is.');
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
      const { preprocessing } = card;
      if (preprocessing.kind === 'array') {
        throw new CliError(
          "this network was trained on a set of arrays, whose samples are no files: 'convnet eval' tests it",
        );
      }
      const files = await filesIn(paths, preprocessing);
      const set = setOf(files, preprocessing);
      await withDevice(given, terminal, async (device) => {
        const model = await loadModel(folder, card, device);
        const { batchSize, onError, top, json = false } = given;
        const loader = new DataLoader(set, { batchSize, device, onError });
        const predictions = await predict(model, loader, { classes: card.classes });
        const { skipped } = loader;
        for (const { source, reason } of skipped) {
          terminal.error.write(
            `left out: ${reason.includes(source) ? reason : `${source}: ${reason}`}\n`,
          );
        }
        const left = new Set(skipped.map(({ index }) => index));
        const seen = files.filter((_, i) => !left.has(i));
        const rows = seen.map((file, i) => ({
          file,
          classes: predictions.top(i, top).map(({ name, probability }) => ({ name, probability })),
        }));
        if (json) {
          terminal.out.write(`${JSON.stringify(rows, undefined, 2)}\n`);
          return;
        }
        const cells = rows.map(({ file, classes }) => [
          file,
          classes.map(({ name, probability }) => `${name} ${percent(probability)}`).join(', '),
        ]);
        terminal.out.write(`${formatTable(['file', 'class'], cells)}\n`);
      });
    });
  });
};

/** The files that are meant: those in folders too. @throws CliError. */
async function filesIn(
  paths: readonly string[],
  { kind }: FilePreprocessing,
): Promise<readonly string[]> {
  const endings = kind === 'image' ? imageEndings : signalEndings;
  const found: string[] = [];
  for (const path of paths) {
    const entry = await stat(path).catch(() => null);
    if (entry === null) throw new CliError(`there is no file '${path}'`);
    if (entry.isFile()) {
      found.push(path);
      continue;
    }
    const inside = (await folderFiles(path).list())
      .filter((file) => endings.some((ending) => file.toLowerCase().endsWith(ending)))
      .sort();
    if (inside.length === 0) {
      throw new CliError(`the folder '${path}' has none of ${endings.join(', ')}`);
    }
    found.push(...inside.map((file) => join(path, file)));
  }
  return found;
}

/** Files without labels, as a set whose labels mean nothing. */
function setOf(
  files: readonly string[],
  preprocessing: FilePreprocessing,
): Dataset<LabelledSample> {
  const raw = <From>(read: (bytes: Uint8Array, path: string) => Promise<From>): RawSet<From> => ({
    length: files.length,
    nameOf: (index) => files[index]!,
    get: async (index) => {
      const file = files[index]!;
      return [await read(await readFile(file), file), 0] as const;
    },
  });
  if (preprocessing.kind === 'image') {
    const pictures = raw((bytes, path) => decodeImage(bytes, path));
    return preparedSet(pictures, imageSteps(preprocessing, false));
  }
  const { sampleRate, channels } = preprocessing;
  const read = recordingReader({
    missing: 'refuse',
    ...(sampleRate === null ? {} : { sampleRate }),
  });
  const recordings = raw(async (bytes, path) => {
    const recording = await read(bytes, path);
    if (recording.shape[0] === channels) return recording;
    throw new CliError(`${path}: expected ${channels} channels, got ${recording.shape[0]}`);
  });
  return preparedSet(recordings, signalSteps(preprocessing, false));
}
