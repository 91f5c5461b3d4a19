export type { ByteSource } from './bytes/byte-source.ts';
export { isPackage, packageFile } from './bytes/package-file.ts';
export { beside } from './bytes/sibling.ts';
export { requirePlainName } from './bytes/plain-name.ts';
export type { OpenFile } from './bytes/file-source.ts';
export {
  openSource,
  sourceOptions,
  type FileLocation,
  type SourceOptions,
} from './bytes/open-source.ts';
export type { FetchOptions } from './bytes/fetch-options.ts';
export type { ElementType } from './elements/element-type.ts';
export {
  DownloadError,
  KerasFileError,
  NumpyError,
  SafetensorsError,
  SourceError,
  TfjsError,
  TorchFileError,
  WeightsFileError,
  ZipError,
  type DownloadFault,
  type KerasFault,
  type NumpyFault,
  type SafetensorsFault,
  type SourceFault,
  type TfjsFault,
  type TorchFileFault,
  type ZipFault,
} from './errors.ts';
export type { FileTensor, FileTensorOptions } from './file-tensor.ts';
export type { HostTensor, TensorsToWrite } from './host-tensor.ts';
export { openSafetensors, type SafetensorsOptions } from './safetensors/open.ts';
export {
  encodeSafetensors,
  safetensorsChunks,
  type SafetensorsWriteOptions,
} from './safetensors/write.ts';
export type { TensorFile } from './tensor-file.ts';
export { openTorch, type TorchFile, type TorchOptions } from './torch/open.ts';
export type { Complex, PickleValue } from './torch/pickle/values.ts';
export type { StateDicts } from './torch/state-dicts.ts';
export { encodeTorch, torchChunks, type TorchContent } from './torch/write.ts';
export { WeightsMismatchError } from './load/errors.ts';
export type { KeyMap } from './load/key-map.ts';
export { loadWeights, type LoadWeightsOptions, type WeightsReport } from './load/load-weights.ts';
export type { LoadableModel } from './load/model.ts';
export { openWeights, type OpenOptions } from './open-weights.ts';
export type { DownloadOptions, Progress, Wanted } from './pretrained/download.ts';
export { cocoClasses, cocoKeypoints, cocoSkeleton } from './pretrained/coco-classes.ts';
export { fetchPublished, fetchWeights } from './pretrained/fetch-weights.ts';
export { imagenetClasses } from './pretrained/imagenet-classes.ts';
export { kineticsClasses } from './pretrained/kinetics-classes.ts';
export { pretrainedOptions, type PretrainedOptions } from './pretrained/options.ts';
export type { WeightsFile } from './pretrained/weights-file.ts';
export { openNumpy } from './numpy/open.ts';
export { encodeNpy, encodeNpz, npzChunks } from './numpy/write.ts';
export { openTfjs, type TfjsOptions } from './tfjs/open.ts';
export { openKeras } from './keras/open.ts';
