import { Conv2d, Sequential } from '@convnet/layers';
import { wasm } from '@convnet/backend-wasm';
import { expect, test } from 'vitest';

import { inferencePeak } from './inference-peak.ts';

test('what a device reserves, and the least that the network asks for', async () => {
  const device = await wasm({ threads: 1 });
  const model = new Sequential([new Conv2d(3, 8, 1), new Conv2d(8, 4, 1), new Conv2d(4, 2, 1)]);
  const { reserved, least } = await inferencePeak(model, [1, 3, 10, 10], device);
  const weights = 3 * 8 + 8 + (8 * 4 + 4) + (4 * 2 + 2);
  expect(least).toBe(4 * (weights + (8 + 4) * 100));
  expect(reserved).toBeGreaterThan(least);
  expect(device.liveBuffers).toBe(0);
  device.dispose();
});
