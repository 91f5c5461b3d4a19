import { ArrayDataset, parseWav } from '@convnet/data';
import { openPackage, type CheckedFolder } from './checked-folder.ts';
import type { DataSource, DataSplit } from './data-split.ts';
import { DataFileError } from './errors.ts';
import { cutWindows, readingsAt } from './note-windows.ts';

const versions: Readonly<Record<string, string>> = {
  cello: '1.1.0',
  contrabass: '1.1.0',
  flute: '1.1.0',
  'guitar-electric': '1.1.0',
  saxophone: '1.1.0',
  trumpet: '1.1.0',
  xylophone: '1.1.1',
};

const classes = Object.keys(versions);

const packageOf = (instrument: string): string => `tonejs-instrument-${instrument}-wav`;

/** Where the recordings of instruments are from. */
export const instrumentsSource: DataSource = {
  name: 'Instruments',
  packages: Object.fromEntries(classes.map((name) => [packageOf(name), versions[name]!])),
  origin:
    'Nicholaus P. Brosowsky, tonejs-instruments, https://github.com/nbrosowsky/tonejs-instruments, packaged by ' +
    'Makefully Studios. Recorded by VSCO 2 Community Edition (contrabass, flute, trumpet, xylophone), ' +
    'Karoryfer Samples (electric guitar, saxophone) and flcellogrl on Freesound (cello). Here resampled and ' +
    'cut into windows',
  licence: 'CC-BY-3.0',
  split:
    "by whole notes: each instrument's notes are sorted by pitch, and the 3rd, 7th, 11th, … test",
};

/** Samples per second of the recordings. */
const recordedRate = 44_100;

/** How windows are cut from the recordings. */
export const instrumentWindows = {
  /** Samples per second after resampling. */
  sampleRate: 11_025,
  /**
   * Training windows are resampled in turn to these rates and taken as if at `sampleRate`: at speeds from
   * 0.83 to 1.17, which move the pitch by -3.2 to +2.7 semitones. Some instruments have few notes, and a
   * network would learn which pitches it saw of each.
   */
  trainRates: [9450, 9800, 10_500, 11_025, 11_760, 12_250, 13_230],
  /** Samples in a window: 93 ms. */
  length: 1024,
  /** Windows of each instrument that train. */
  train: 512,
  /** Windows of each instrument that test. */
  test: 128,
  /** A window counts as silent below this fraction (-26 dB) of the note's peak. */
  silence: 0.05,
} as const;

const semitones = ['C', 'Cs', 'D', 'Ds', 'E', 'F', 'Fs', 'G', 'Gs', 'A', 'As', 'B'];

/** Semitones above C0 of a recording such as `As3.wav`; undefined for other files and second takes. */
function pitchOf(file: string): number | undefined {
  const match = /^([A-G]s?)(\d)\.wav$/.exec(file);
  return match === null ? undefined : semitones.indexOf(match[1]!) + 12 * Number(match[2]);
}

/** The recordings of an instrument, from the lowest note up, divided into those that train and those that test. */
export function splitNotes(files: readonly string[]): { train: string[]; test: string[] } {
  const notes = files
    .flatMap((file) => {
      const pitch = pitchOf(file);
      return pitch === undefined ? [] : [{ file, pitch }];
    })
    .sort((a, b) => a.pitch - b.pitch)
    .map(({ file }) => file);
  return {
    train: notes.filter((_, i) => i % 4 !== 2),
    test: notes.filter((_, i) => i % 4 === 2),
  };
}

async function readNote(folder: CheckedFolder, file: string): Promise<Float32Array> {
  const source = `${folder.name}/${file}`;
  const { sampleRate, channels } = parseWav(await folder.read(file), source, { strict: true });
  if (sampleRate !== recordedRate || channels.length !== 1) {
    throw new DataFileError(
      'content',
      source,
      `expected one channel at ${recordedRate} Hz, got ${channels.length} at ${sampleRate} Hz`,
    );
  }
  return channels[0]!;
}

/** The windows that train or test, instrument by instrument. */
async function part(
  folders: readonly CheckedFolder[],
  role: 'train' | 'test',
): Promise<ArrayDataset> {
  const { length, silence, sampleRate, trainRates, [role]: windows } = instrumentWindows;
  const readings = readingsAt(recordedRate, role === 'train' ? trainRates : [sampleRate]);
  const data = new Float32Array(classes.length * windows * length);
  let offset = 0;
  for (const folder of folders) {
    const notes = splitNotes(folder.files)[role];
    for (const [i, file] of notes.entries()) {
      const count = Math.floor(windows / notes.length) + (i < windows % notes.length ? 1 : 0);
      const recording = await readNote(folder, file);
      if (!cutWindows(recording, { length, count, silence, readings }, data, offset)) {
        throw new DataFileError(
          'content',
          `${folder.name}/${file}`,
          `expected ${count} windows of ${length} samples that are not silent, found fewer`,
        );
      }
      offset += count * length;
    }
  }
  const labels = Int32Array.from({ length: classes.length * windows }, (_, i) =>
    Math.floor(i / windows),
  );
  return new ArrayDataset({ data, labels, inputShape: [1, length], classes });
}

/**
 * Recorded single notes of seven instruments, as windows [1, 1024] of the waveform at 11,025 Hz, each with
 * mean 0 and root mean square 1, so that loudness tells nothing. 512 windows of each instrument train and
 * 128 test; no note gives windows to both.
 *
 * @throws DataFileError where a file is missing or was changed.
 */
export async function instruments(): Promise<DataSplit> {
  const folders = classes.map((name) => openPackage(packageOf(name), versions[name]!));
  const train = await part(folders, 'train');
  const test = await part(folders, 'test');
  return { source: instrumentsSource, train, test };
}
