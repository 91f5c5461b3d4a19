export { webgpu, WebGpuDevice, type WebGpuOptions } from './webgpu.ts';
