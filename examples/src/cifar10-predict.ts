/** What the LeNet of cifar10.ts says of pictures, in another process: `node cifar10-predict.ts <its folder> picture.png …`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { wasm } from '@convnet/backend-wasm';
import { RandomStream } from '@convnet/data';
import { compose, decodeImage, resize, toTensor } from '@convnet/data/image';
import { lenet5_relu } from '@convnet/lenet';
import { argmax, Generator, noGrad, scope, tensor } from '@convnet/tensor-core';
import { loadWeights } from '@convnet/weights';

const [results, ...pictures] = process.argv.slice(2);
const names = await readFile(join(results!, 'classes.json'), 'utf8');
const classes = JSON.parse(names) as readonly string[];
// As the pictures that it learned from were.
const prepare = compose(
  resize([32, 32]),
  toTensor({ mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] }),
);
// None of these steps draws from it.
const still = new RandomStream(new Generator(0));

const device = await wasm();
const model = lenet5_relu({ inChannels: 3, inputSize: 32, numClasses: classes.length, device });
await loadWeights(model.eval(), join(results!, 'lenet.safetensors'));
for (const path of pictures) {
  const { data, shape } = prepare(await decodeImage(await readFile(path), path), still);
  const label = scope(() =>
    noGrad(() => argmax(model.forward(tensor(data, [1, ...shape], { device })), 1)),
  );
  process.stdout.write(`${path}: ${classes[await label.item()]}\n`);
}
device.dispose();
