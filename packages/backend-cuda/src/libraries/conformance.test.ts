import { describeConformance } from '@convnet/conformance/vitest';
import { describe } from 'vitest';

import { hasEmulator, openWithLibraries } from '../testing/emulated-device.ts';

// Products and convolutions by the emulated libraries, wherever they take the shape: every operation, with memory marked. Sweeps
// are for tiles of own kernels, which stand beside them.
describe.runIf(hasEmulator)('CUDA with cuBLASLt and cuDNN on the emulated driver', () => {
  describeConformance(
    async () => {
      const { device, recorder } = await openWithLibraries();
      recorder.marksUnwritten = true;
      return device;
    },
    { parts: ['operations'] },
  );
});
