export {
  BindingLimitError,
  BufferLimitError,
  DeviceLostError,
  DeviceRequestError,
  DeviceTimeoutError,
  Float16RangeError,
  MissingFeatureError,
  NoAdapterError,
  PipelineTimeoutError,
  ShaderError,
  TileTableError,
  WebGpuUnavailableError,
  WorkTimeoutError,
} from './errors.ts';
export { webgpu, WebGpuDevice, type GpuLike, type WebGpuOptions } from './webgpu.ts';
export { type TileShape, type TileTable } from './tune/tile-table.ts';
export { tuneTiles, type MeasuredTile, type TuneOptions } from './tune/tune-tiles.ts';
