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
  KernelSizeError,
  LibraryCallError,
  LibraryMissingError,
  LibrarySymbolError,
  NoDeviceError,
  NoDriverError,
  type Attempt,
} from './errors.ts';
export type { LibraryInfo } from './libraries/open-libraries.ts';
