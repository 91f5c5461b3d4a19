import { describeConformance } from '@convnet/conformance/vitest';
import { describe } from 'vitest';

import { hasEmulator, openMarked } from './testing/emulated-device.ts';

describe.runIf(hasEmulator)('CUDA on the emulated driver', () => {
  describeConformance(() => openMarked(), { parts: ['operations'] });
});
