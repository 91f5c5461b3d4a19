export { cuda, CudaDevice, type CudaCounts, type CudaOptions } from './cuda.ts';
export {
  AddonMissingError,
  ArchitectureError,
  CudaOutOfMemoryError,
  DeviceIndexError,
  DeviceLostError,
  DriverSymbolError,
  DriverTooOldError,
  ForkedProcessError,
  KernelFaultError,
  KernelMissingError,
  LibraryMissingError,
  LibrarySymbolError,
  NoDeviceError,
  NoDriverError,
  type Attempt,
} from './errors.ts';
