export type { ByteSource } from './bytes/byte-source.ts';
export type { OpenFile } from './bytes/file-source.ts';
export { openSource, type FileLocation, type SourceOptions } from './bytes/open-source.ts';
export type { FetchOptions } from './bytes/url-source.ts';
export type { ElementType } from './elements/element-type.ts';
export {
  SafetensorsError,
  SourceError,
  WeightsFileError,
  type SafetensorsFault,
  type SourceFault,
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
