import { classNames } from '../kinds.ts';
import {
  aCount,
  aFiniteNumber,
  aFunction,
  anyNumbers,
  checkOptions,
  either,
  listOf,
  oneOf,
  optionKinds,
  requireKind,
} from '@convnet/tensor-core';
import type { Dataset } from '../dataset/dataset.ts';
import { indexError } from '../dataset/shape.ts';
import { SignalError } from '../errors.ts';
import { requireStream, type RandomStream } from '../random/random-stream.ts';
import { randomFor } from '../random/streams.ts';
import type { Step } from '../transform/compose.ts';
import { isRecording, type Recording } from './recording.ts';

/** A recording to be cut. */
export interface LabelledRecording {
  readonly recording: Recording;
  /** One class for all of it, or the class of each sample, of which a window has the most frequent one. */
  readonly label: number | ArrayLike<number>;
  /** What errors call it. */
  readonly name?: string;
}

/** Options of `WindowDataset`. */
export interface WindowOptions<X = Recording> {
  /** Samples in a window. */
  readonly length: number;
  /** Samples from the start of one window to that of the next; by default `length`: no overlap. */
  readonly hop?: number;
  /** What becomes of the samples at the end that are too few: 'drop' (the default), or 'pad': a window with zeros. */
  readonly rest?: 'drop' | 'pad';
  /** The class of the window from `start` to `end`, in place of `label`; null leaves the window out. */
  readonly labelOf?: (recording: LabelledRecording, start: number, end: number) => number | null;
  /** Class names. */
  readonly classes?: readonly string[];
  /** What becomes of each window when it is asked for. */
  readonly transform?: Step<Recording, X>;
}

const windowOptions = optionKinds<WindowOptions>({
  length: aCount,
  hop: aCount,
  rest: oneOf('drop', 'pad'),
  labelOf: aFunction,
  classes: classNames,
  transform: aFunction,
});
const aLabel = either(aFiniteNumber, anyNumbers);
const someRecordings = listOf({
  expected: 'an object { recording, label }',
  accepts: (value) => {
    const given = value as Partial<LabelledRecording> | null | undefined;
    return isRecording(given?.recording) && aLabel.accepts(given?.label);
  },
});

/** Windows of recordings; `groups` says for each which recording it comes from. */
export class WindowDataset<X = Recording> implements Dataset<readonly [X, number]> {
  readonly length: number;
  readonly classes?: readonly string[];
  readonly labels: Int32Array;
  /** Number of each window's recording: give it to `randomSplit` and `kFold`, and no recording is in two parts. */
  readonly groups: Int32Array;
  /** First sample of each window in its recording. */
  readonly starts: Int32Array;
  readonly #recordings: readonly LabelledRecording[];
  readonly #size: number;
  readonly #transform: Step<Recording, X> | undefined;

  /**
   * @throws SignalError with fault 'length' where no recording is as long as a window, 'format' where a recording's labels are not one of each sample.
   */
  constructor(recordings: readonly LabelledRecording[], options: WindowOptions<X>) {
    requireKind('WindowDataset', 'recordings', recordings, someRecordings);
    checkOptions('WindowDataset', options, windowOptions, ['length']);
    const {
      length,
      hop = length,
      rest = 'drop',
      labelOf = commonLabel,
      classes,
      transform,
    } = options;
    const groups: number[] = [];
    const starts: number[] = [];
    const labels: number[] = [];
    recordings.forEach((given, group) => {
      checkLabels(given, group);
      const total = given.recording.shape[1];
      for (let start = 0; start < total; start += hop) {
        if (rest === 'drop' && start + length > total) break;
        const label = labelOf(given, start, Math.min(start + length, total));
        if (label !== null) {
          groups.push(group);
          starts.push(start);
          labels.push(label);
        }
        // One window with the rest is enough, however much they overlap.
        if (start + length >= total) break;
      }
    });
    if (starts.length === 0) {
      const longest = recordings.reduce(
        (most, { recording }) => Math.max(most, recording.shape[1]),
        0,
      );
      throw new SignalError(
        'length',
        'WindowDataset',
        `expected a recording of at least ${length} samples, the longest of ${recordings.length} has ${longest}`,
      );
    }
    this.length = starts.length;
    this.labels = Int32Array.from(labels);
    this.groups = Int32Array.from(groups);
    this.starts = Int32Array.from(starts);
    if (classes !== undefined) this.classes = classes;
    this.#recordings = recordings;
    this.#size = length;
    this.#transform = transform;
  }

  get(index: number, random?: RandomStream): readonly [X, number] {
    const start = this.starts[index];
    if (random !== undefined) requireStream('WindowDataset.get', random);
    if (start === undefined) throw indexError(index, this.length, 'WindowDataset');
    const { recording } = this.#recordings[this.groups[index]!]!;
    const window = cut(recording, start, this.#size);
    const input =
      this.#transform === undefined
        ? (window as X)
        : this.#transform(window, random ?? randomFor(index));
    return [input, this.labels[index]!];
  }

  nameOf(index: number): string {
    const group = this.groups[index];
    if (group === undefined) throw indexError(index, this.length, 'WindowDataset');
    const { name = `recording ${group}` } = this.#recordings[group]!;
    return `${name} from sample ${this.starts[index]}`;
  }
}

function checkLabels({ recording, label, name }: LabelledRecording, group: number): void {
  if (typeof label === 'number' || label.length === recording.shape[1]) return;
  throw new SignalError(
    'format',
    name ?? `recording ${group}`,
    `expected a label for each of ${recording.shape[1]} samples, got ${label.length}`,
  );
}

/** The recording's class, or that of most samples; of equally many, the lower number. */
function commonLabel({ label }: LabelledRecording, start: number, end: number): number {
  if (typeof label === 'number') return label;
  const counts = new Map<number, number>();
  for (let i = start; i < end; i++) counts.set(label[i]!, (counts.get(label[i]!) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]![0];
}

/** `length` samples of each channel from `start` on, zeros behind the end. */
export function cut(recording: Recording, start: number, length: number): Recording {
  const [channels, total] = recording.shape;
  const data = new Float32Array(channels * length);
  for (let channel = 0; channel < channels; channel++) {
    const from = channel * total;
    data.set(
      recording.data.subarray(from + start, from + Math.min(start + length, total)),
      channel * length,
    );
  }
  return { ...recording, data, shape: [channels, length] };
}
