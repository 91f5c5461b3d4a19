import { Linear } from '@convnet/layers';
import { ConvnetError } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { alsoTakes, describePublicCalls, named, type Samples } from '@convnet/testing';
import { describe } from 'vitest';

import * as onnx from './index.ts';

const device = reference();
const file = await onnx.exportOnnx(new Linear(2, 1, { device }), [1, 2]);

class Signal {
  readonly aborted = false;
}

/** Headers by names that are nobody's options. */
class Headers {
  readonly accept = 'all';
}

const samples: Samples = {
  importOnnx: () => [
    named('a file', alsoTakes(file, 'string', 'any string')),
    {
      device,
      shard: () => 'x',
      constants: alsoTakes(Object.create({}), 'object'),
      name: alsoTakes('a file', 'any string'),
      fetch: () => undefined,
      headers: alsoTakes(new Headers(), 'object'),
      signal: new Signal(),
    },
  ],
  exportOnnx: () => [
    new Linear(2, 1, { device }),
    named('the shape of an input', [1, 2]),
    {
      opset: 17,
      dynamicBatch: true,
      names: { input: alsoTakes('x', 'any string'), outputs: ['y'] },
      foldBatchNorm: true,
    },
  ],
};

describe('public calls of onnx', () => {
  describePublicCalls({
    exports: onnx,
    samples,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});
