/**
 * The published checkpoints of akamaster/pytorch_resnet_cifar10 (`.th`) on CIFAR-10's test images: loaded as they are,
 * their accuracy here against PyTorch's on the same files. Needs a Python with torch, numpy and Pillow, the repository's
 * `resnet.py` and checkpoints in one folder, and the images as `<folder>/<class>/*.jpg`:
 *
 *     node benchmarks/src/weights/cifar-checkpoints.ts --images cifar/test --checkpoints akamaster [--python python3]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wasm } from '@convnet/backend-wasm';
import { DataLoader } from '@convnet/data';
import { imageFolder, toTensor } from '@convnet/data/image';
import { resnet110, resnet20, resnet32, resnet44, resnet56 } from '@convnet/resnet';
import { noGrad, scope } from '@convnet/tensor-core';
import { loadWeights } from '@convnet/weights';

/** What PyTorch found. */
interface Answers {
  readonly torch: string;
  readonly images: number;
  readonly networks: Readonly<
    Record<
      string,
      {
        readonly accuracy: number;
        readonly predicted: readonly number[];
        readonly firstLogits: readonly number[];
      }
    >
  >;
}

const { values } = parseArgs({
  options: {
    images: { type: 'string' },
    checkpoints: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    threads: { type: 'string', default: '1' },
    /** What Python wrote in an earlier run. */
    answers: { type: 'string' },
  },
});
const { images = '', checkpoints = '', python } = values;
if (images === '' || checkpoints === '') {
  throw new Error('expected --images <folder> and --checkpoints <folder>');
}
const files = readdirSync(checkpoints).filter((file) => file.endsWith('.th'));

function askPyTorch(): Answers {
  if (values.answers !== undefined) {
    return JSON.parse(readFileSync(values.answers, 'utf8')) as Answers;
  }
  const folder = mkdtempSync(join(tmpdir(), 'cifar-checkpoints-'));
  try {
    const answers = join(folder, 'answers.json');
    const script = join(import.meta.dirname, 'cifar_checkpoints.py');
    const source = join(checkpoints, 'resnet.py');
    const paths = files.map((file) => join(checkpoints, file));
    const { status } = spawnSync(python, [script, images, source, answers, ...paths], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) throw new Error(`${python} ended with ${status}`);
    return JSON.parse(readFileSync(answers, 'utf8')) as Answers;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const answers = askPyTorch();
const device = await wasm({ threads: Number(values.threads) });
// As its trainer.py normalises.
const test = await imageFolder(images, {
  transform: toTensor({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }),
});
const loader = new DataLoader(test, { batchSize: 250, device });
console.log(`${test.length} images; torch ${answers.torch}`);

const builders = { resnet20, resnet32, resnet44, resnet56, resnet110 };

for (const file of files) {
  const name = file.split('-')[0] as keyof typeof builders;
  const theirs = answers.networks[file]!;
  const model = builders[name]({ numClasses: 10, device }).eval();
  const { left, unexpected } = await loadWeights(model, join(checkpoints, file));
  const predicted: number[] = [];
  const logits: number[] = [];
  let right = 0;
  for await (const [x, y] of loader) {
    const output = scope(() => noGrad(() => model.forward(x)));
    const [data, labels] = await Promise.all([output.data(), y.data()]);
    for (let i = 0; i < labels.length; i++) {
      const own = Array.from({ length: 10 }, (_, k) => data[10 * i + k]!);
      const best = own.indexOf(Math.max(...own));
      predicted.push(best);
      if (best === labels[i]) right++;
    }
    if (logits.length < theirs.firstLogits.length) logits.push(...data);
    for (const used of [output, x, y]) used.dispose();
  }
  const same = predicted.filter((value, i) => value === theirs.predicted[i]).length;
  const largest = Math.max(...theirs.firstLogits.map(Math.abs));
  const error = Math.max(...theirs.firstLogits.map((value, i) => Math.abs(value - logits[i]!)));
  console.log(
    `${file}: ${((100 * right) / test.length).toFixed(2)} % here, ${(100 * theirs.accuracy).toFixed(2)} % in PyTorch; ` +
      `the same class for ${same} of ${test.length}; logits differ by ${(error / largest).toExponential(1)} of the largest; ` +
      `${left.length} tensors left, ${unexpected.length} unexpected`,
  );
  model.dispose();
}
device.dispose();
