import { ConvnetError } from '@convnet/tensor-core';
import { describePublicCalls, named, type Samples } from '@convnet/testing';
import { describe } from 'vitest';

import * as cli from './index.ts';

/** Where results and news go. */
class Terminal {
  readonly out = { write: () => true };
  readonly error = { write: () => true };
}

const samples: Samples = {
  run: () => [named('args', ['models']), named('terminal', new Terminal())],
};

describe('public calls of cli', () => {
  describePublicCalls({
    exports: cli,
    samples,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});
