/**
 * The convolutional classifiers of torchvision with at most 150 M parameters, as PyTorch exports them: each is imported and must
 * give PyTorch's logits, for a batch of two where one was exported. With `--unfolded` also the state dict must have
 * PyTorch's keys. Needs a Python with torch and torchvision:
 *
 *     node benchmarks/src/onnx/against-pytorch.ts --python python3 [--opset 17] [--unfolded] [--only resnet18 …]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wasm } from '@convnet/backend-wasm';
import { importOnnx } from '@convnet/onnx';
import { noGrad, scope, tensor } from '@convnet/tensor-core';

import { LineProcess } from '../peers/line-process.ts';

/** Of the largest logit. */
const tolerance = 1e-4;
const mostParameters = 150_000_000;

interface Exported {
  readonly logits: readonly number[];
  readonly keys: readonly string[];
  readonly parameters: number;
}

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    opset: { type: 'string', default: '17' },
    unfolded: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
  },
});
const opset = Number(values.opset);
const folder = mkdtempSync(join(tmpdir(), 'convnet-onnx-'));
const path = join(folder, 'model.onnx');
const device = await wasm({ threads: 1 });
const peer = new LineProcess(
  values.python,
  [join(import.meta.dirname, 'torchvision-models.py')],
  {},
);

/** Small inputs, but where pooling to a fixed grid has no operator unless the grid divides what comes. */
function sizeOf(name: string): number {
  if (name === 'alexnet' || name.startsWith('vgg')) return 224;
  return name === 'inception_v3' ? 96 : 64;
}

async function check(name: string): Promise<string | null> {
  const size = sizeOf(name);
  const { logits, keys, parameters } = await peer.ask<Exported>({
    command: 'export',
    name,
    size,
    path,
    opset,
    folded: !values.unfolded,
  });
  const count = 2 * 3 * size * size;
  const data = Float32Array.from({ length: count }, (_, i) => -1 + (2 * i) / (count - 1));
  const started = performance.now();
  const network = await importOnnx(path, { device });
  const ms = performance.now() - started;
  try {
    const y = scope(() =>
      noGrad(() => network.forward(tensor(data, [2, 3, size, size], { device }))),
    );
    const found = await y.data();
    y.dispose();
    const largest = Math.max(1, ...logits.map(Math.abs));
    const error = Math.max(...logits.map((value, i) => Math.abs(value - found[i]!))) / largest;
    const own = new Set(network.stateDict().keys());
    const missing = values.unfolded ? keys.filter((key) => !own.has(key)) : [];
    const million = (parameters / 1e6).toFixed(1);
    console.log(
      `${name} (${million} M): logits differ by ${error.toExponential(1)} of the largest, imported in ` +
        `${ms.toFixed(0)} ms${missing.length > 0 ? `, without ${missing.join(', ')}` : ''}`,
    );
    return error < tolerance && missing.length === 0 ? null : name;
  } finally {
    network.dispose();
  }
}

const failed: string[] = [];
try {
  const { names, large } = await peer.ask<{ names: string[]; large: string[] }>({
    command: 'list',
    most: mostParameters,
  });
  console.log(`${names.length} networks; larger ones: ${large.join(', ') || 'none'}`);
  for (const name of values.only ?? names) {
    const wrong = await check(name).catch((error: unknown) => `${name}: ${String(error)}`);
    if (wrong !== null) failed.push(wrong);
  }
} finally {
  peer.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(failed.length === 0 ? 'all are equal' : `failed: ${failed.join('\n  ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
