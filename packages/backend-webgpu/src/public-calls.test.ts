import { ConvnetError } from '@convnet/tensor-core';
import { describePublicCalls, type Samples } from '@convnet/testing';
import { describe } from 'vitest';

import * as backend from './index.ts';

const limits = { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 };

/** A GPU as far as a device of it is made. */
class Gpu {
  requestAdapter(): Promise<object> {
    const lost = new Promise(() => undefined);
    return Promise.resolve({
      limits,
      info: { description: 'Example GPU', vendor: '', architecture: '' },
      requestDevice: () => Promise.resolve({ limits, lost, addEventListener: () => undefined }),
    });
  }
}

const samples: Samples = {
  webgpu: () => [{ gpu: new Gpu(), powerPreference: 'low-power' }],
  WebGpuDevice: { instance: () => ({}), methods: {} },
};

describe('public calls of backend-webgpu', () => {
  describePublicCalls({
    exports: backend,
    samples,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});
