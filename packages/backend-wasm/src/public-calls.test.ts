import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ConvnetError } from '@convnet/tensor-core';
import { alsoTakes, describePublicCalls, type Samples } from '@convnet/testing';
import { describe } from 'vitest';

import * as backend from './index.ts';

const folder = join(import.meta.dirname, '..', 'wasm');
const binary = readFileSync(join(folder, 'simd.wasm'));

const samples: Samples = {
  wasm: () => [
    {
      threads: 1,
      build: 'simd',
      revectorize: false,
      maximumMemory: 2 ** 26,
      wasmUrl: alsoTakes(folder, 'any string'),
      workerUrl: alsoTakes(join(folder, 'worker-node.js'), 'any string'),
      binary: alsoTakes(binary, 'string'),
      workerTimeout: 1000,
    },
  ],
};

describe('public calls of backend-wasm', () => {
  describePublicCalls({
    exports: backend,
    samples,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});
