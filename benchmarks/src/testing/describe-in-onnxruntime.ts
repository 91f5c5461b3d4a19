import { wasm } from '@convnet/backend-wasm';
import type { Device } from '@convnet/tensor-core';
import { afterAll, beforeAll, describe } from 'vitest';

import { onnxruntimeFolder, openOnnx, type OrtTensor } from '../onnx/onnxruntime-session.ts';

/** What tests against onnxruntime are given. */
export interface OnnxruntimeTests {
  /** The device that computes what is expected; from the first test on. */
  readonly device: Device;
  /** The first output of an exported file. */
  run(file: Uint8Array, data: Float32Array, shape: readonly number[]): Promise<OrtTensor>;
}

/** Tests that need onnxruntime-node; where it is not installed their name says that they are not run. */
export function describeInOnnxruntime(what: string, body: (tests: OnnxruntimeTests) => void): void {
  const folder = onnxruntimeFolder();
  const outcome = folder === null ? ' (not run: onnxruntime-node is not installed)' : '';
  describe.skipIf(folder === null)(`${what} in onnxruntime${outcome}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await wasm({ threads: 1 });
    });
    afterAll(() => device.dispose());

    body({
      get device() {
        return device;
      },
      async run(file, data, shape) {
        const session = await openOnnx(folder!, file);
        try {
          const [output] = await session.run(data, shape);
          return output!;
        } finally {
          await session.close();
        }
      },
    });
  });
}
