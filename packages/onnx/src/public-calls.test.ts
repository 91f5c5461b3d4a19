import { Linear } from '@convnet/layers';
import { ConvnetError } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { alsoTakes, describePublicCalls, named, type Samples } from '@convnet/testing';
import { describe } from 'vitest';

import * as onnx from './index.ts';

const samples: Samples = {
  exportOnnx: () => [
    new Linear(2, 1, { device: reference() }),
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
