import { classNames } from '../../kinds.ts';
import { aFunction, aString, checkOptions, optionKinds, requireKind } from '@convnet/tensor-core';
import type { Dataset } from '../../dataset/dataset.ts';
import type { HostArray } from '../../dataset/host-array.ts';
import { indexError } from '../../dataset/shape.ts';
import { DatasetError } from '../../errors.ts';
import { requireStream, type RandomStream } from '../../random/random-stream.ts';
import { randomFor } from '../../random/streams.ts';
import type { Step } from '../../transform/compose.ts';
import { someMissingValues, treatMissing, type MissingValues } from '../missing-values.ts';
import type { Recording } from '../recording.ts';
import { aSeriesFile, type SeriesFile } from './series-file.ts';

/** Options of `SeriesDataset`. */
export interface SeriesDatasetOptions<X = HostArray<Float32Array>> {
  /** The class list, where it is to be that one, such as that of the training set; by default the file's. */
  readonly classes?: readonly string[];
  /** What becomes of values that the file lacks; default 'refuse'. */
  readonly missing?: MissingValues;
  /** What becomes of each series [channels, length] when it is asked for. */
  readonly transform?: Step<Recording, X>;
  /** What errors call the file. */
  readonly source?: string;
}

const seriesDatasetOptions = optionKinds<SeriesDatasetOptions>({
  classes: classNames,
  missing: someMissingValues,
  transform: aFunction,
  source: aString,
});

/** Series with the numbers of their classes, or with the numbers to predict, as float32 [1]. */
export class SeriesDataset<
  X = HostArray<Float32Array>,
  Y extends number | Float32Array = number,
> implements Dataset<readonly [X, Y]> {
  readonly length: number;
  readonly classes: readonly string[];
  readonly labels?: Int32Array;
  readonly #series: readonly Recording[];
  readonly #targets: Float32Array | null;
  readonly #transform: Step<Recording, X> | undefined;
  readonly #source: string;

  /**
   * @throws DatasetError (fault 'labels') for a label that is none of `classes`, or a file without labels and numbers;
   *   SignalError (fault 'missing') for missing values that are refused.
   */
  constructor(file: SeriesFile, options: SeriesDatasetOptions<X> = {}) {
    requireKind('SeriesDataset', 'file', file, aSeriesFile);
    checkOptions('SeriesDataset', options, seriesDatasetOptions);
    const {
      classes = file.classes,
      missing = 'refuse',
      transform,
      source = file.name ?? 'series',
    } = options;
    this.length = file.series.length;
    this.classes = classes;
    this.#source = source;
    this.#transform = transform;
    this.#targets = file.targets;
    this.#series = file.series.map((series, i) =>
      treatMissing({ ...series, data: series.data.slice() }, missing, `${source}, case ${i}`),
    );
    if (file.labels !== null) {
      this.labels = Int32Array.from(file.labels, (label, i) => {
        const number = classes.indexOf(label);
        if (number >= 0) return number;
        throw new DatasetError(
          'labels',
          `${source}, case ${i}: expected a label of ${classes.join(', ')}, got '${label}'`,
        );
      });
    } else if (file.targets === null) {
      throw new DatasetError(
        'labels',
        `${source}: the file has neither labels nor numbers to predict`,
      );
    }
  }

  get(index: number, random?: RandomStream): readonly [X, Y] {
    const series = this.#series[index];
    if (random !== undefined) requireStream('SeriesDataset.get', random);
    if (series === undefined) throw indexError(index, this.length, 'SeriesDataset');
    const input =
      this.#transform === undefined
        ? (series as HostArray as X)
        : this.#transform(series, random ?? randomFor(index));
    const target = this.labels?.[index] ?? Float32Array.of(this.#targets![index]!);
    return [input, target as Y];
  }

  nameOf(index: number): string {
    if (!(index in this.#series)) throw indexError(index, this.length, 'SeriesDataset.nameOf');
    return `${this.#source}, case ${index}`;
  }
}
