/** Sets of spoken words, as folders of WAV files. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeText, FileDataset, folderFiles, type FileSource } from '@convnet/data';
import { readRecording, type Recording, type RecordingOptions } from '@convnet/data/signal';
import {
  aCount,
  aFunction,
  aString,
  checkOptions,
  listOf,
  optionKinds,
} from '@convnet/tensor-core';
import { allInOrder } from './all-in-order.ts';
import { unpackTarGz } from './archive/tar.ts';
import type { DataSource } from './data-split.ts';
import { DataFileError, DataRequestError } from './errors.ts';
import {
  cacheFolder,
  fetchKinds,
  fetchFileOf,
  type FetchSetOptions,
  type RemoteFile,
} from './files/remote-file.ts';

/** A set whose recordings are read when they are asked for. */
export interface RecordingSplit<X = Recording> {
  readonly source: DataSource;
  readonly train: FileDataset<X>;
  readonly test: FileDataset<X>;
}

export interface SpeechOptions<X = Recording>
  extends FetchSetOptions, Pick<RecordingOptions<X>, 'sampleRate' | 'transform'> {
  /** A folder that has the unpacked set already; nothing is downloaded then. */
  readonly folder?: string;
}

const speechKinds = {
  ...fetchKinds,
  folder: aString,
  sampleRate: aCount,
  transform: aFunction,
} as const;
const speechOptions = optionKinds<SpeechOptions<unknown>>(speechKinds);

/** The unpacked set: the user's folder, or the download, unpacked once. */
async function unpacked(
  set: string,
  archive: RemoteFile,
  options: SpeechOptions<never>,
): Promise<string> {
  if (options.folder !== undefined) return options.folder;
  const folder = join(cacheFolder(set, options), 'unpacked');
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (!isThere) await unpackTarGz(await fetchFileOf(set, archive, options), folder);
  return folder;
}

/** Files of one part, with their labels. */
function partOf<X>(
  source: FileSource,
  files: readonly string[],
  classes: readonly string[],
  classOf: (file: string) => string,
  { sampleRate, transform }: SpeechOptions<X>,
): FileDataset<X> {
  const labels = Int32Array.from(files, (file) => classes.indexOf(classOf(file)));
  return new FileDataset<X>(source, { files, labels, classes }, (bytes, path, random) => {
    const recording = readRecording(bytes, path, sampleRate === undefined ? {} : { sampleRate });
    return transform === undefined ? (recording as X) : transform(recording, random);
  });
}

const spokenDigits: DataSource = {
  name: 'Free Spoken Digit Dataset',
  packages: {},
  origin:
    'Z. Jackson et al., "Free Spoken Digit Dataset", https://github.com/Jakobovski/free-spoken-digit-dataset',
  licence: 'CC-BY-SA-4.0',
  split: 'as published: of each speaker and digit, the recordings 0 to 4 test and the others train',
};

const spokenDigitsArchive: RemoteFile = {
  file: 'free-spoken-digit-dataset-1.0.9.tar.gz',
  url: 'https://github.com/Jakobovski/free-spoken-digit-dataset/archive/v1.0.9.tar.gz',
  sha256: '8bc44cde129d505cbbb6b365c09f80c663f2aa77578afc634e6141a2f87100c0',
  bytes: 11_975_353,
};

/** Spoken digits at 8 kHz: `recordings/{digit}_{speaker}_{number}.wav`. */
export async function fsdd<X = Recording>(
  options: SpeechOptions<X> = {},
): Promise<RecordingSplit<X>> {
  checkOptions('fsdd', options, speechOptions);
  const source = folderFiles(
    await unpacked('fsdd', spokenDigitsArchive, options as SpeechOptions<never>),
  );
  const name = /(?:^|\/)(\d)_([^/_]+)_(\d+)\.wav$/;
  const files = (await source.list()).filter((file) => name.test(file)).sort();
  if (files.length === 0) {
    throw new DataFileError(
      'missing',
      source.name,
      'expected files such as 7_jackson_32.wav, found none',
    );
  }
  const classes = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
  const part = (test: boolean): FileDataset<X> =>
    partOf(
      source,
      files.filter((file) => Number(name.exec(file)![3]) < 5 === test),
      classes,
      (file) => name.exec(file)![1]!,
      options,
    );
  return { source: spokenDigits, train: part(false), test: part(true) };
}

const commands: DataSource = {
  name: 'Speech Commands v0.02',
  packages: {},
  origin: 'P. Warden, "Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition", 2018',
  licence: 'CC-BY-4.0',
  split: 'as published: testing_list.txt tests, validation_list.txt validates, the others train',
};

const commandsArchive: RemoteFile = {
  file: 'speech_commands_v0.02.tar.gz',
  url: 'https://storage.googleapis.com/download.tensorflow.org/data/speech_commands_v0.02.tar.gz',
  sha256: 'af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58',
  bytes: 2_428_923_189,
};

export interface SpeechCommandsOptions<X = Recording> extends SpeechOptions<X> {
  /** Words to load, which become the labels 0, 1, …; by default all 35, in alphabetical order. */
  readonly classes?: readonly string[];
}

const speechCommandsOptions = optionKinds<SpeechCommandsOptions<unknown>>({
  ...speechKinds,
  classes: listOf(aString),
});

/**
 * Spoken words of a second at 16 kHz: a folder for each word, and lists of the files that test and validate. The download
 * has 2.4 GB.
 */
export async function speechCommands<X = Recording>(
  options: SpeechCommandsOptions<X> = {},
): Promise<RecordingSplit<X> & { readonly validation: FileDataset<X> }> {
  checkOptions('speechCommands', options, speechCommandsOptions);
  const folder = await unpacked(
    'speech-commands',
    commandsArchive,
    options as SpeechOptions<never>,
  );
  const source = folderFiles(folder);
  const wordOf = (file: string): string => file.slice(0, file.indexOf('/'));
  const all = (await source.list())
    .map((file) => file.replace(/^\.\//, ''))
    .filter((file) => file.endsWith('.wav') && !file.startsWith('_'))
    .sort();
  const words = [...new Set(all.map(wordOf))];
  const { classes = words } = options;
  const unknown = classes.filter((word) => !words.includes(word));
  if (unknown.length > 0 || words.length === 0) {
    throw new DataRequestError(
      words.length === 0
        ? `speechCommands: ${folder} has no folders of words`
        : `speechCommands: '${unknown[0]}' is none of the words ${words.join(', ')}`,
    );
  }
  const listed = async (file: string): Promise<ReadonlySet<string>> =>
    new Set(
      decodeText(await source.read(file))
        .split(/\r?\n/)
        .filter((line) => line !== ''),
    );
  const [testing, validating] = await allInOrder([
    listed('testing_list.txt'),
    listed('validation_list.txt'),
  ]);
  const files = all.filter((file) => classes.includes(wordOf(file)));
  const part = (belongs: (file: string) => boolean): FileDataset<X> =>
    partOf(source, files.filter(belongs), classes, wordOf, options);
  return {
    source: commands,
    train: part((file) => !testing.has(file) && !validating.has(file)),
    validation: part((file) => validating.has(file)),
    test: part((file) => testing.has(file)),
  };
}
