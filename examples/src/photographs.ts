/** What VGG-16 sees in photographs, with ImageNet's names: `node photographs.ts photo.jpg …`. */
import { readFile } from 'node:fs/promises';

import { wasm } from '@convnet/backend-wasm';
import { RandomStream } from '@convnet/data';
import { centerCrop, compose, decodeImage, resize, toTensor } from '@convnet/data/image';
import { Generator, noGrad, scope, softmax, tensor, topk } from '@convnet/tensor-core';
import { vgg16, vgg16Weights } from '@convnet/vgg';
import { imagenetClasses, loadWeights } from '@convnet/weights';

import { publishedOr } from './stand-in.ts';

const published = vgg16Weights.IMAGENET1K_V1;
const { options, weights } = publishedOr({ width: 4, hidden: 16 }, published);
const { resize: shorter, crop, ...normalisation } = published.preprocessing;
const prepare = compose(
  resize(shorter),
  centerCrop(crop),
  toTensor({ mean: normalisation.mean, std: normalisation.std }),
);
// None of these steps draws from it.
const still = new RandomStream(new Generator(0));

const device = await wasm();
const model = vgg16({ ...options, device }).eval();
await loadWeights(model, weights);
for (const path of process.argv.slice(2)) {
  const { data, shape } = prepare(await decodeImage(await readFile(path), path), still);
  const [probabilities, classes] = scope(() => {
    const logits = noGrad(() => model.forward(tensor(data, [1, ...shape], { device })));
    return topk(softmax(logits, 1), 5, 1);
  });
  const shares = await probabilities.data();
  process.stdout.write(`${path}\n`);
  for (const [i, label] of (await classes.data()).entries()) {
    process.stdout.write(`  ${(100 * shares[i]!).toFixed(1)} % ${imagenetClasses[label]}\n`);
  }
}
device.dispose();
