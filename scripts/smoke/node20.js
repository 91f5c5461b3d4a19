/** Runs on Node 20, in a project that has the packed packages: see `smoke-node20.ts`. */
import assert from 'node:assert/strict';
import { wasm } from '@convnet/backend-wasm';
import { learnBars } from './learn-bars.js';

assert.match(process.version, /^v20\./);
for (const threads of [1, 2]) {
  const device = await wasm({ threads });
  for (const dims of [1, 2]) console.log(await learnBars(device, dims));
  device.dispose();
}
