export { webgpu, WebGpuDevice, type GpuLike, type WebGpuOptions } from './webgpu.ts';
