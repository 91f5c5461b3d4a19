/** Signals: files, recordings, windows, transforms. */
export { ResampleError, SignalError, WavError, type SignalFault, type WavFault } from './errors.ts';
export {
  parseCsvRecording,
  parseCsvSeries,
  type CsvRecordingOptions,
  type CsvSeriesOptions,
} from './signal/csv-series.ts';
export { firstRows } from './files/csv.ts';
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
export {
  createResampler,
  resample,
  type ResampleOptions,
  type Resampler,
} from './signal/resample.ts';
export type { SignalTransform } from './signal/transform/check.ts';
export {
  bandPass,
  bandStop,
  highPass,
  lowPass,
  notch,
  type BandOptions,
  type ButterworthOptions,
  type EdgeOptions,
  type NotchOptions,
} from './signal/transform/filters.ts';
export {
  centerCrop,
  channelDrop,
  jitter,
  magnitudeWarp,
  minMax,
  padTo,
  randomCrop,
  randomScaling,
  randomShift,
  resampleTo,
  selectChannels,
  timeWarp,
  zScore,
  type MinMaxOptions,
  type PadOptions,
  type ScaleOptions,
  type ShiftOptions,
  type WarpOptions,
} from './signal/transform/signal-transforms.ts';
export {
  amplitudeToDb,
  frequencyMasking,
  melSpectrogram,
  spectrogram,
  timeMasking,
  type DecibelOptions,
  type MaskOptions,
  type MelOptions,
  type SpectrogramOptions,
  type Spectrum,
} from './signal/transform/spectrogram.ts';
export { compose, randomApply, randomChoice, type Step } from './transform/compose.ts';
