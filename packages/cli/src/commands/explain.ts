import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { decodeText, type Dataset } from '@convnet/data';
import { toPng, trainingCurves, type Theme } from '@convnet/explain';
import { isPackage } from '@convnet/weights';
import { makeFolder, writeFileAtomic } from '@convnet/weights/node';
import { InvalidArgumentError, Option } from 'commander';

import { givenSet, requireFiles } from '../data/given-files.ts';
import type { PreparedSample } from '../data/opened-data.ts';
import { withDevice, type DeviceRequest } from '../device/open-device.ts';
import { CliError, unknownName, UsageError } from '../errors.ts';
import {
  filterPicture,
  samplePictures,
  type PictureContext,
  type SamplePictureName,
} from '../explain/pictures.ts';
import { chooseSamples } from '../explain/samples.ts';
import { requireOutFolder } from '../out-place.ts';
import { addOptions, deviceOptions, sourceOptions, whole } from '../options.ts';
import { readData } from '../run/config.ts';
import { loadModel, readCard, type ModelCard } from '../run/model-folder.ts';
import { outputNames } from '../task.ts';
import type { AddCommand } from '../terminal.ts';
import { tellData } from './given-data.ts';
import { dataFor, type GivenSource } from './given-model.ts';

type PictureName = 'curves' | 'filters' | SamplePictureName;

const sampleNames = Object.keys(samplePictures) as SamplePictureName[];
const pictureNames: readonly PictureName[] = ['curves', 'filters', ...sampleNames];
const usual: readonly PictureName[] = [
  'curves',
  'samples',
  'grad-cam',
  'saliency',
  'filters',
  'feature-maps',
];

interface Given extends GivenSource, DeviceRequest {
  readonly show: readonly PictureName[];
  readonly out?: string;
  readonly format: 'svg' | 'png';
  readonly count: number;
  readonly wrong?: boolean;
  readonly class?: string;
  readonly layer?: string;
  readonly theme: Theme;
}

/** `convnet explain runs/a`: pictures of what a trained network has learned and looks at. */
export const addExplain: AddCommand = (program, terminal, start) => {
  const command = program
    .command('explain')
    .argument('<run>', 'folder of a trained network, or npm:<package> that was published of one')
    .argument('[files...]', 'files, or folders of files, to explain; else some that test')
    .summary('pictures of what a trained network looks at')
    .description(
      'Draws how a network was trained (curves), what it says of some samples (samples) and where in them it sees that ' +
        '(grad-cam, saliency, smooth-grad, integrated-gradients), its filters and its feature maps.',
    );
  addOptions(
    command,
    [
      new Option('--show <names>', `which, of ${pictureNames.join(', ')}`)
        .argParser(picturesIn)
        .default(usual, usual.join(',')),
      new Option('--out <folder>', 'where to (default: the folder explained of the run)'),
      new Option('--format <name>', 'png needs the package sharp')
        .choices(['svg', 'png'])
        .default('svg'),
      new Option('--count <n>', 'samples to show').argParser(whole(1)).default(12),
      new Option('--wrong', 'only samples that the network is wrong about'),
      new Option('--class <name>', 'what speaks for it (default: for what the network says)'),
      new Option(
        '--layer <path>',
        'that grad-cam, filters and feature-maps look at, such as layer3',
      ),
      new Option('--theme <name>', 'auto: as the reader’s system')
        .choices(['auto', 'light', 'dark'])
        .default('auto'),
    ],
    sourceOptions(),
    [
      new Option('--on-error <what>', 'with files that cannot be read')
        .choices(['stop', 'skip'])
        .default('stop'),
    ],
    deviceOptions(),
  );
  command.addHelpText(
    'after',
    `
Examples:
  convnet explain runs/resnet18                            all of them, of samples that test
  convnet explain runs/resnet18 a.wav --show grad-cam --class dog --format png
  convnet explain runs/resnet18 --show samples --wrong --count 30
`,
  );
  command.action((folder: string, files: readonly string[], given: Given) => {
    start(async (interruption) => {
      const written: string[] = [];
      interruption.leaves(() =>
        written.length === 0 ? 'no picture was written' : `written: ${written.join(', ')}`,
      );
      const card = await readCard(folder);
      // What was installed is left as it is.
      const out = given.out ?? (isPackage(folder) ? 'explained' : join(folder, 'explained'));
      const target = targetOf(card, given.class);
      await requireOutFolder('the pictures', out);
      const write = async (name: PictureName, svg: string): Promise<void> => {
        const path = join(out, `${name}.${given.format}`);
        const bytes = given.format === 'png' ? await toPng(svg) : new TextEncoder().encode(svg);
        await makeFolder(out);
        await writeFileAtomic(path, [bytes]);
        written.push(path);
        terminal.out.write(`${path}\n`);
      };
      if (given.show.includes('curves')) {
        const history = await readLog(folder);
        await write('curves', trainingCurves(history, { title: folder, theme: given.theme }));
      }
      if (given.show.every((name) => name === 'curves')) return;
      await withDevice(given, terminal, async (device) => {
        const model = await loadModel(folder, card, device);
        const { task, preprocessing } = card;
        const { theme, layer, count, wrong = false } = given;
        const context: PictureContext = {
          model,
          task,
          preprocessing,
          theme,
          ...(layer === undefined ? {} : { layer }),
          ...(target === undefined ? {} : { target }),
        };
        if (given.show.includes('filters')) await write('filters', await filterPicture(context));
        const wanted = sampleNames.filter((name) => given.show.includes(name));
        if (wanted.length === 0) return;
        const isLabelled = files.length === 0;
        if (wrong && !(isLabelled && task.kind === 'classification')) {
          throw new UsageError('--wrong: expected samples whose classes are known');
        }
        const set = isLabelled
          ? await testSet(folder, card, given)
          : await givenFiles(folder, files, card);
        const choice = { count: isLabelled ? count : set.length, wrong, isLabelled };
        const samples = await chooseSamples(set, model, task, device, choice);
        for (const name of wanted) await write(name, await samplePictures[name](context, samples));
      });
    });
  });

  async function testSet(
    folder: string,
    card: ModelCard,
    given: Given,
  ): Promise<Dataset<PreparedSample>> {
    const data = await dataFor(folder, card, given);
    tellData(data, terminal);
    return data.test;
  }
};

async function givenFiles(
  folder: string,
  paths: readonly string[],
  { preprocessing }: ModelCard,
): Promise<Dataset<PreparedSample>> {
  requireFiles(preprocessing);
  const data = await readData(folder);
  return givenSet(paths, preprocessing, data);
}

/** `a,b,c`, of the pictures that there are. */
function picturesIn(text: string): readonly PictureName[] {
  return text.split(',').map((part) => {
    const name = part.trim();
    const found = pictureNames.find((known) => known === name);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(unknownName('picture', name, pictureNames).message);
  });
}

/** Number of the output that is meant. @throws UsageError that names the nearest. */
function targetOf({ task }: ModelCard, name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  const names = outputNames(task);
  const target = names.indexOf(name);
  if (target >= 0) return target;
  const noun = { classification: 'class', 'multi-label': 'label', regression: 'number' };
  throw unknownName(noun[task.kind], name, names);
}

async function readLog(folder: string): Promise<string> {
  const path = join(folder, 'log.jsonl');
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new CliError(`'${folder}' has no log.jsonl, which curves are drawn from`, { cause });
  });
  return decodeText(bytes);
}
