export { ArrayDataset, type ArrayDatasetOptions, type SampleArray } from './array-dataset.ts';
export { DataLoader, type DataLoaderOptions, type TensorBatch } from './data-loader.ts';
export type { Dataset } from './dataset.ts';
export {
  DatasetError,
  IdxError,
  ResampleError,
  WavError,
  type DatasetFault,
  type IdxFault,
  type WavFault,
} from './errors.ts';
export { HostBatches, type BatchOptions, type HostBatch } from './host-batches.ts';
export {
  idxDataset,
  parseIdx,
  type IdxArray,
  type IdxDatasetOptions,
  type IdxFile,
  type IdxSource,
} from './idx.ts';
export { RandomStream } from './random-stream.ts';
export { createResampler, resample, type ResampleOptions, type Resampler } from './resample.ts';
export {
  randomCrop,
  randomGain,
  randomHorizontalFlip,
  randomNoise,
  randomRoll,
  type Transform,
} from './transform.ts';
export { classCounts, enlarge, randomSplit, reshape, subset } from './views.ts';
export { parseWav, type ParseWavOptions, type Wav } from './wav.ts';
