export {
  BindingLimitError,
  BufferLimitError,
  DeviceLostError,
  DeviceRequestError,
  NoAdapterError,
  PipelineTimeoutError,
  ShaderError,
  WebGpuUnavailableError,
} from './errors.ts';
export { webgpu, WebGpuDevice, type GpuLike, type WebGpuOptions } from './webgpu.ts';
