export {
  ArrayDataset,
  type ArrayDatasetOptions,
  type SampleArray,
} from './dataset/array-dataset.ts';
export { requireSameClasses } from './dataset/class-lists.ts';
export type {
  BlockDataset,
  Dataset,
  IterableDataset,
  IterationContext,
  LabelledSample,
  Lazy,
  Sample,
} from './dataset/dataset.ts';
export { hostArray, type HostArray } from './dataset/host-array.ts';
export { concatDatasets, mapDataset } from './dataset/map.ts';
export {
  kFold,
  randomSplit,
  type Fold,
  type Group,
  type KFoldOptions,
  type SplitOptions,
} from './dataset/split.ts';
export { subset } from './dataset/subset.ts';
export { classCounts, enlarge, reshape } from './dataset/views.ts';
export {
  DatasetError,
  FileError,
  IdxError,
  LoaderWorkerError,
  NotInBrowserError,
  ResampleError,
  SampleError,
  WavError,
  type DatasetFault,
  type FileFault,
  type IdxFault,
  type WavFault,
} from './errors.ts';
export { readClassFolders, type LabelledFiles } from './files/class-folders.ts';
export { FileDataset, type FileReader, type FileTarget } from './files/file-dataset.ts';
export { decodeText, isBinary } from './files/decode-text.ts';
export { readFileList, type FileListOptions, type ListedFiles } from './files/file-list.ts';
export {
  chosenFiles,
  folderFiles,
  type ChosenFile,
  type FileSource,
  type FilesOf,
} from './files/file-source.ts';
export {
  idxDataset,
  parseIdx,
  type IdxArray,
  type IdxDatasetOptions,
  type IdxFile,
  type IdxSource,
} from './idx/idx.ts';
export type { BatchOptions } from './loader/batch-plan.ts';
export {
  defaultCollate,
  padCollate,
  type Collate,
  type CollateContext,
  type Collated,
  type OnDevice,
  type PadCollateOptions,
} from './loader/collate.ts';
export { readIdx } from './idx/read-idx.ts';
export { DataLoader, type DataLoaderOptions, type TensorBatch } from './loader/data-loader.ts';
export type { SkippedSample } from './loader/fetch.ts';
export { HostBatches, type HostBatch } from './loader/host-batches.ts';
export {
  cutMix,
  mixUp,
  type Labelled,
  type Mix,
  type MixedBatch,
  type MixOptions,
} from './loader/mix.ts';
export { openDataset, type OpenDatasetOptions } from './loader/open-dataset.ts';
export type { LoaderState } from './loader/position.ts';
export {
  DistributedSampler,
  RandomSampler,
  SequentialSampler,
  StratifiedSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
  type DistributedSamplerOptions,
  type RandomSamplerOptions,
  type Sampler,
  type WeightedRandomSamplerOptions,
} from './loader/samplers.ts';
export type { AnyDataset } from './loader/serve.ts';
export type { WorkerLike } from './loader/worker-pool.ts';
export { RandomStream } from './random/random-stream.ts';
export {
  createResampler,
  resample,
  type ResampleOptions,
  type Resampler,
} from './signal/resample.ts';
export {
  randomCrop,
  randomGain,
  randomHorizontalFlip,
  randomNoise,
  randomRoll,
  type Transform,
} from './transform/in-place.ts';
export { parseWav, type ParseWavOptions, type Wav } from './signal/wav/wav.ts';
export { compose, randomApply, randomChoice, type Step } from './transform/compose.ts';
