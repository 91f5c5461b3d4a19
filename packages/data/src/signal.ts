/** Signals: files, recordings, windows, transforms. */
export { ResampleError, SignalError, WavError, type SignalFault, type WavFault } from './errors.ts';
export {
  parseCsvRecording,
  parseCsvSeries,
  type CsvRecordingOptions,
  type CsvSeriesOptions,
} from './signal/csv-series.ts';
export { treatMissing, type MissingValues } from './signal/missing-values.ts';
export { recordingOf, type Recording } from './signal/recording.ts';
export {
  readRecording,
  recordingEndings,
  recordingFolder,
  recordingList,
  type RecordingFolderOptions,
  type RecordingOptions,
} from './signal/recording-folder.ts';
export { parseArff } from './signal/series/parse-arff.ts';
export { parseTs } from './signal/series/parse-ts.ts';
export { parseUcrTsv } from './signal/series/parse-tsv.ts';
export { SeriesDataset, type SeriesDatasetOptions } from './signal/series/series-dataset.ts';
export type { SeriesFile } from './signal/series/series-file.ts';
export { parseWav, type ParseWavOptions, type Wav } from './signal/wav/wav.ts';
export { parseWfdbHeader, type WfdbHeader, type WfdbSignal } from './signal/wfdb/header.ts';
export { readWfdb, type WfdbRecord } from './signal/wfdb/read-wfdb.ts';
export { WindowDataset, type LabelledRecording, type WindowOptions } from './signal/windows.ts';
export { compose, randomApply, randomChoice, type Step } from './transform/compose.ts';
