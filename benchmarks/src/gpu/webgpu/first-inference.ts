/*
 * A process of its own, which has made no pipeline before: opens WebGPU, builds a network, compiles it and reads its first logits.
 *
 *   node first-inference.ts <network> -> {"openMs", "buildMs", "firstMs", "secondMs"}, a line of JSON
 *
 * `firstMs`: from the compilation to the logits, pipelines included.
 */
import { compile } from '@convnet/layers';
import { useHashedWeights } from '@convnet/model-testing/hashed';
import { openScope, tensor } from '@convnet/tensor-core';

import { openDevice } from '../../devices/open-device.ts';
import { inferenceNetworks } from '../../inference/networks.ts';
import { pixels } from '../../inference/pixels.ts';

const name = process.argv[2];
const network = inferenceNetworks.find((known) => known.name === name);
if (network === undefined) throw new Error(`there is no network '${name}'`);

let since = performance.now();
const lap = (): number => {
  const now = performance.now();
  const ms = now - since;
  since = now;
  return ms;
};
const { device } = await openDevice('webgpu');
const openMs = lap();
const blueprint = network.build();
useHashedWeights(blueprint);
const model = await blueprint.to(device);
const x = tensor(pixels(network.inputShape), network.inputShape, { device });
await x.data();
const buildMs = lap();
const compiled = compile(model, network.inputShape);
const infer = async (): Promise<void> => {
  using _ = openScope();
  await compiled.forward(x).data();
};
await infer();
const firstMs = lap();
await infer();
const secondMs = lap();
process.stdout.write(`${JSON.stringify({ openMs, buildMs, firstMs, secondMs })}\n`, () =>
  process.exit(),
);
