import { ConvnetError, type Backend } from '@convnet/tensor-core';
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
      features: new Set(['shader-f16']),
      info: { description: 'Example GPU', vendor: '', architecture: '' },
      requestDevice: () => Promise.resolve({ limits, lost, addEventListener: () => undefined }),
    });
  }
}

const tile = { m: 16, n: 16, k: 16, tm: 4, tn: 4 };
const tiles: backend.TileTable = {
  version: 1,
  adapter: 'Example GPU',
  tiles: { large: tile, medium: tile, flat: tile, narrow: tile, small: tile },
};

/** A device that measures nothing, in no time. */
const nothing = { byteLength: 0 };
const idle = {
  kernels: { matmul: () => nothing },
  upload: () => nothing,
  free: () => undefined,
  read: () => Promise.resolve(new Float32Array()),
};
const recorder = {
  adapter: 'Example GPU',
  gpu: { limits },
  limits: { tiles: tiles.tiles },
  synchronize: () => Promise.resolve(),
};
const device = new backend.WebGpuDevice(
  idle as unknown as Backend,
  recorder as unknown as ConstructorParameters<typeof backend.WebGpuDevice>[1],
);

const samples: Samples = {
  webgpu: () => [
    { gpu: new Gpu(), powerPreference: 'low-power', timeout: 60, tiles, storage: 'float16' },
  ],
  tuneTiles: () => [device, { seconds: 0.001, onTile: () => undefined }],
  WebGpuDevice: { instance: () => device, methods: { synchronize: () => [] } },
};

describe('public calls of backend-webgpu', () => {
  describePublicCalls({
    exports: backend,
    samples,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});
