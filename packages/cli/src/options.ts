import { readFile } from 'node:fs/promises';

import { decodeText } from '@convnet/data';
import { InvalidArgumentError, Option, type Command } from 'commander';

import { deviceNames } from './device/open-device.ts';
import { messageOf, unknownName, UsageError } from './errors.ts';
import { taskKinds } from './task.ts';

/** A whole number from `least`. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
  };
}

/** A number above 0, up to `most`. */
export function positive(most: number = Infinity): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (value > 0 && value <= most && value !== Infinity) return value;
    throw new InvalidArgumentError(
      most === Infinity
        ? 'Expected a number above 0.'
        : `Expected a number above 0, up to ${most}.`,
    );
  };
}

/** 0 or a number above. */
export function notNegative(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < Infinity) return value;
  throw new InvalidArgumentError('Expected 0 or a number above.');
}

const rank =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if ([1, 2, 3].slice(0, most).includes(value)) return value;
    throw new InvalidArgumentError(`Expected ${most === 2 ? '1 or 2' : '1, 2 or 3'}.`);
  };

/** `--option width=16`, several times: options of the builder's own. */
function builderOption(
  text: string,
  before: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected name=value, such as width=16.');
  const value = text.slice(at + 1);
  let parsed: unknown = value;
  try {
    parsed = JSON.parse(value);
  } catch {
    // What is no JSON is a text: stem=cifar.
  }
  return { ...before, [text.slice(0, at)]: parsed };
}

export const dimsOption = (most: 2 | 3): Option =>
  new Option(
    '--dims <n>',
    most === 2
      ? '1: signals, 2: pictures (default: what the folder has)'
      : 'spatial axes (default: 2, or those of a network that has no other)',
  ).argParser(rank(most));

export const builderOptionOption = (): Option =>
  new Option(
    '--option <name=value>',
    "an option of the network's builder, such as width=16; may be repeated",
  ).argParser(builderOption);

/** Options under a heading of the help. */
const grouped = (heading: string, options: readonly Option[]): readonly Option[] =>
  options.map((option) => option.helpGroup(heading));

export const deviceOptions = (): readonly Option[] =>
  grouped('Device:', [
    new Option(
      '--device <name>',
      'where it is computed; auto: webgpu where there is one, else wasm',
    )
      .choices(deviceNames)
      .default('auto'),
    new Option('--threads <n>', 'threads of wasm (default: all cores)').argParser(whole(1)),
  ]);

export const sourceOptions = (): readonly Option[] =>
  grouped('Data:', [
    new Option(
      '--data <path>',
      'a folder with a folder for each class, or with train/ and test/; with --labels any folder; a file with a signal ' +
        'in each row (.csv, .tsv, .ts, .arff); arrays (.npy, .npz)',
    ),
    new Option('--test-data <file>', 'samples that test: a file as --data'),
    new Option(
      '--set <name>',
      'a set by name, such as mnist, cifar10, fsdd, ucr/GunPoint, quickdraw/cat,dog',
    ),
    new Option('--folder <folder>', 'where the files of --set are; else it is downloaded'),
  ]).concat(
    grouped('Labels:', [
      new Option(
        '--labels <file>',
        'list (CSV) of the files in --data with their labels; for arrays their labels (.npy)',
      ),
      new Option('--test-labels <file>', 'list as --labels of the files that test'),
      new Option('--path-column <name>', 'column with the files (default: the first)'),
      new Option(
        '--label-column <name>',
        'column with the classes (default: the second of a list, the last of rows)',
      ),
      new Option(
        '--targets <names>',
        'columns with numbers to learn: labels of 0 and 1, or quantities',
      ).argParser(names),
      new Option(
        '--task <kind>',
        'what --targets are (default: multi-label where all are 0 or 1)',
      ).choices(taskKinds),
      new Option(
        '--group-column <name>',
        'column of what belongs together, such as a patient: never in both parts',
      ),
      new Option(
        '--skip-columns <names>',
        'columns of a file with a signal in each row that are passed over',
      ).argParser(names),
      new Option(
        '--channels <n>',
        'channels that such a row is made of, one behind the other',
      ).argParser(whole(1)),
    ]),
  );

/** `a,b,c`. */
function names(text: string): readonly string[] {
  const found = text.split(',').map((name) => name.trim());
  if (!found.includes('')) return found;
  throw new InvalidArgumentError('Expected names with commas between them.');
}

export const workersOption = (): Option =>
  new Option('--workers <n>', 'threads that read, decode and change samples beside the training')
    .argParser(whole(0))
    .default(0);

export const dataOptions = (): readonly Option[] => [
  ...sourceOptions(),
  ...grouped('Preparation of the data:', [
    dimsOption(2),
    new Option(
      '--size <pixels>',
      'side that pictures are brought to (default: their own, at most 224)',
    ).argParser(whole(1)),
    new Option(
      '--length <samples>',
      'that recordings are cropped or padded to (default: what 95 of 100 do not exceed)',
    ).argParser(whole(1)),
    new Option(
      '--sample-rate <hertz>',
      'that recordings are resampled to (default: their own)',
    ).argParser(positive()),
    new Option(
      '--time-column <name>',
      'of recordings in CSV: the time in seconds, from which their sample rate follows',
    ),
    new Option('--test-share <share>', 'of the samples that tests, where none are given for that')
      .argParser(positive(0.9))
      .default(0.2),
    new Option(
      '--group <pattern>',
      'regular expression for paths: where its group is the same, such as a speaker, files stay in one part',
    ),
    new Option('--on-error <what>', 'what becomes of files that cannot be read')
      .choices(['stop', 'skip'])
      .default('stop'),
    new Option('--missing <what>', 'what becomes of missing values in signals')
      .choices(['refuse', 'interpolate'])
      .default('refuse'),
    new Option('--no-augment', 'train without random changes'),
    workersOption(),
  ]),
];

export const recipeOptions = (defaults: {
  readonly epochs: number;
  readonly learningRate: number;
}): readonly Option[] =>
  grouped('Training:', [
    new Option('--epochs <n>', 'passes through the training samples')
      .argParser(whole(1))
      .default(defaults.epochs),
    new Option('--batch-size <n>', 'samples in a step').argParser(whole(1)).default(32),
    new Option('--learning-rate <rate>', 'greatest, of a cycle that warms up and anneals')
      .argParser(positive())
      .default(defaults.learningRate),
    new Option('--optimizer <name>', 'which optimiser').choices(['adamw', 'sgd']).default('adamw'),
    new Option('--weight-decay <rate>', 'pulls weights towards 0')
      .argParser(notNegative)
      .default(0.01),
    new Option(
      '--patience <epochs>',
      'end after so many epochs without improvement, and keep the best weights',
    ).argParser(whole(1)),
    new Option('--max-seconds <n>', 'end after that time').argParser(positive()),
    new Option('--seed <n>', 'of the weights, the order and the split')
      .argParser(whole(0))
      .default(0),
  ]);

export const configOption = (): Option =>
  new Option(
    '--config <file>',
    'JSON with options by their names, such as { "epochs": 5 }; those of the command line come first',
  );

export function addOptions(command: Command, ...options: readonly (readonly Option[])[]): Command {
  for (const option of options.flat()) command.addOption(option);
  return command;
}

/** Names of the options that are as they are where nobody chooses. */
export function defaultOptions(command: Command): readonly string[] {
  return command.options
    .filter((option) => {
      const value: unknown = command.getOptionValue(option.attributeName());
      return value === (option.negate ? true : option.defaultValue);
    })
    .map((option) => option.attributeName());
}

/**
 * Fills options that the command line leaves out from the file that `--config` names.
 * @throws UsageError for a file that is no JSON object, options that there are not, and values that they cannot have.
 */
export async function readConfigFile(command: Command): Promise<void> {
  const path = command.getOptionValue('config') as string | undefined;
  if (path === undefined) return;
  let values: unknown;
  try {
    // Notepad and PowerShell put a mark of the encoding in front, which may be UTF-16.
    values = JSON.parse(decodeText(await readFile(path)));
  } catch (cause) {
    throw new UsageError(`--config: ${path} cannot be read (${messageOf(cause)})`, { cause });
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new UsageError(`--config: ${path}: expected an object with options by their names`);
  }
  const options = new Map(command.options.map((option) => [option.attributeName(), option]));
  options.delete('config');
  options.delete('verbose');
  for (const [name, value] of Object.entries(values)) {
    const option = options.get(name);
    if (option === undefined) {
      const listing = `convnet ${command.name()} --help`;
      throw unknownName(`option in ${path},`, name, [...options.keys()], listing);
    }
    if (command.getOptionValueSource(name) === 'cli') continue;
    command.setOptionValueWithSource(name, valueOf(option, value, path), 'config');
  }
}

function valueOf(option: Option, value: unknown, path: string): unknown {
  const name = option.attributeName();
  if (value === '') throw new UsageError(`${path}: expected a value of '${name}', got ''`);
  if (option.isBoolean() || option.negate) {
    if (typeof value === 'boolean') return value;
    throw new UsageError(`${path}: expected '${name}' as true or false`);
  }
  if (option.long === '--option') {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    throw new UsageError(`${path}: expected '${name}' as an object such as { "width": 16 }`);
  }
  if (Array.isArray(value) && option.parseArg === names) return value;
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new UsageError(`${path}: expected '${name}' as a text or a number`);
  }
  try {
    return option.parseArg === undefined
      ? String(value)
      : option.parseArg(String(value), undefined as never);
  } catch (error) {
    throw new UsageError(`${path}: '${name}': ${messageOf(error)}`, { cause: error });
  }
}
