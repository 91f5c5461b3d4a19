import { open, type CudaDevice, type CudaOptions } from '../cuda.ts';
import type { Recorder } from '../commands/recorder.ts';
import { emulated, type EmulatedPlatform } from './emulated.ts';

const found = await emulated();
if ('missing' in found) {
  // One line, by name: these tests need what this machine does not have.
  process.stderr.write(`not run: CUDA on the emulated driver (${found.missing})\n`);
}

/** The emulated driver and what goes with it. */
export function platform(): EmulatedPlatform {
  if ('missing' in found) throw new Error(found.missing);
  return found;
}

/** Whether tests on the emulated driver can run here. */
export const hasEmulator: boolean = !('missing' in found);

/** What `cuda()` is told to open it: without the libraries that this machine may have, which would not run on it. */
export function emulatedOptions(): CudaOptions {
  const { driver, nativeFolder } = platform();
  return { driver, nativeFolder, cublasLt: false, cudnn: false, nvrtc: false };
}

/** A device on the emulated driver, with access to the inside. */
export function openEmulated(
  options: CudaOptions = {},
): Promise<{ readonly device: CudaDevice; readonly recorder: Recorder }> {
  return open({ ...emulatedOptions(), ...options });
}

/** The same with the emulated cuBLASLt and cuDNN, which do whatever they take, and NVRTC. */
export function openWithLibraries(
  options: CudaOptions = {},
): Promise<{ readonly device: CudaDevice; readonly recorder: Recorder }> {
  const { cublasLt, cudnn, nvrtc } = platform();
  const libraries = { cublasLt, cudnn, nvrtc, planCache: false as const };
  return open({ ...emulatedOptions(), ...libraries, ...options }, 'library');
}

/** The same with memory for results filled with NaN first, so that an element which no kernel writes is seen. */
export async function openMarked(options: CudaOptions = {}): Promise<CudaDevice> {
  const { device, recorder } = await openEmulated(options);
  recorder.marksUnwritten = true;
  return device;
}
