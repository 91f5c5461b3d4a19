import { describeConformance } from '@convnet/conformance/vitest';
import { describe } from 'vitest';

import { hasEmulator, openEmulated } from './testing/emulated-device.ts';

// As users have it: nothing is marked. A kernel cannot throw where a position is out of range.
describe.runIf(hasEmulator)('CUDA on the emulated driver', () => {
  describeConformance(async () => (await openEmulated()).device, {
    parts: ['pytorch', 'random'],
    tellsPositions: false,
  });
});
