import { ConvnetError, ones } from '@convnet/tensor-core';
import { alsoTakes, describePublicCalls, type Samples } from '@convnet/testing';
import { describe } from 'vitest';

import * as backend from './index.ts';
import { hasEmulator, openEmulated, platform } from './testing/emulated-device.ts';

describe.runIf(hasEmulator)('public calls of backend-cuda', async () => {
  const device = hasEmulator ? (await openEmulated()).device : null!;
  const samples: Samples = {
    cuda: () => [
      {
        device: 0,
        tf32: false,
        driver: platform().driver,
        nativeFolder: platform().nativeFolder,
        cublasLt: alsoTakes(platform().cublasLt, 'boolean'),
        cudnn: alsoTakes(platform().cudnn, 'boolean'),
        nvrtc: alsoTakes(platform().nvrtc, 'boolean'),
        benchmark: false,
        deterministic: true,
        planCache: alsoTakes(false, 'string'),
        workspaceLimit: 1 << 20,
      },
    ],
    CudaDevice: {
      instance: () => device,
      methods: { copyOf: () => [ones([2], { device })], synchronize: () => [] },
    },
  };
  describePublicCalls({
    exports: backend,
    samples,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});
