import { describeConformance } from '@convnet/conformance/vitest';
import { describe, expect, test } from 'vitest';

import type { CudaDevice } from '../cuda.ts';
import { hasEmulator, openWithLibraries } from '../testing/emulated-device.ts';

// Products, convolutions and chains of pointwise rows by the emulated libraries, wherever they take them: every operation, with memory
// marked. Sweeps are for tiles of own kernels, which stand beside them.
describe.runIf(hasEmulator)('CUDA with cuBLASLt, cuDNN and NVRTC on the emulated driver', () => {
  let opened: CudaDevice | null = null;
  describeConformance(
    async () => {
      const { device, recorder } = await openWithLibraries();
      recorder.marksUnwritten = true;
      opened = device;
      return device;
    },
    { parts: ['operations'] },
  );

  // It comes behind all: own kernels would have done what a library failed at.
  test('the libraries did what they were expected to do', () => {
    const { libraries, counts } = opened!;
    expect(libraries.flatMap(({ failures }) => failures)).toEqual([]);
    expect(counts.compiledKernels).toBeGreaterThan(150);
  });
});
