/**
 * Files of weights between PyTorch and convnet, both ways, for every builder of torchvision: what PyTorch saves is loaded
 * here and must give its logits; what is saved here PyTorch must load with `weights_only=True` and `strict=True` and find
 * equal. Needs a Python with torch and torchvision:
 *
 *     node benchmarks/src/weights/against-pytorch.ts --python python3 [--only resnet18 --only vgg11] [--legacy]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import * as alexnet from '@convnet/alexnet';
import { wasm } from '@convnet/backend-wasm';
import * as densenet from '@convnet/densenet';
import * as efficientnet from '@convnet/efficientnet';
import * as inception from '@convnet/inception';
import type { AnyModule, ModelOptions } from '@convnet/layers';
import * as mnasnet from '@convnet/mnasnet';
import * as mobilenet from '@convnet/mobilenet';
import * as resnet from '@convnet/resnet';
import * as shufflenet from '@convnet/shufflenet';
import * as squeezenet from '@convnet/squeezenet';
import { noGrad, scope, tensor, type Device, type Tensor } from '@convnet/tensor-core';
import * as vgg from '@convnet/vgg';
import { loadWeights } from '@convnet/weights';
import { saveTorch } from '@convnet/weights/node';

const families = [
  alexnet,
  densenet,
  efficientnet,
  inception,
  mnasnet,
  mobilenet,
  resnet,
  shufflenet,
  squeezenet,
  vgg,
] as const;

/** Of the largest logit. */
const tolerance = 1e-4;

type Builder = (options: ModelOptions<2>) => AnyModule;

/** The builders that torchvision has, by name. */
function builders(): ReadonlyMap<string, Builder> {
  const found = families.flatMap((family) =>
    Object.entries(family.architectures)
      .filter(([, { source }]) => source.startsWith('torchvision'))
      .map(([name]): [string, Builder] => [
        name,
        (family as unknown as Readonly<Record<string, Builder>>)[name]!,
      ]),
  );
  return new Map(found);
}

/** Torchvision in a process of its own. */
class Peer {
  readonly #process: ReturnType<typeof spawn>;
  readonly #lines: AsyncIterator<string>;

  constructor(python: string) {
    const script = join(import.meta.dirname, 'peer.py');
    this.#process = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  async next<Answer>(): Promise<Answer> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('Python ended');
    return JSON.parse(value) as Answer;
  }

  ask<Answer>(command: object): Promise<Answer> {
    this.#process.stdin!.write(`${JSON.stringify(command)}\n`);
    return this.next();
  }

  [Symbol.dispose](): void {
    this.#process.stdin!.end();
  }
}

interface Row {
  readonly name: string;
  readonly error: number;
  readonly differing: readonly string[];
}

async function logitsOf(
  model: AnyModule,
  size: number,
  device: Device,
): Promise<ArrayLike<number>> {
  const count = 3 * size * size;
  const inputs = Float32Array.from({ length: count }, (_, i) => -1 + (2 * i) / (count - 1));
  const output = scope(() =>
    noGrad(() => model.forward(tensor(inputs, [1, 3, size, size], { device })) as Tensor),
  );
  const data = await output.data();
  output.dispose();
  return data;
}

async function check(
  name: string,
  build: Builder,
  { peer, device, folder, legacy }: { peer: Peer; device: Device; folder: string; legacy: boolean },
): Promise<Row> {
  const size = name === 'inception_v3' ? 96 : 64;
  const theirs = join(folder, 'theirs.pth');
  const ours = join(folder, 'ours.pth');
  const { logits } = await peer.ask<{ logits: readonly number[] }>({
    command: 'write',
    name,
    size,
    path: theirs,
    legacy,
  });
  const model = build({ device }).eval();
  await loadWeights(model, theirs);
  const found = await logitsOf(model, size, device);
  const largest = Math.max(1, ...logits.map(Math.abs));
  const error = Math.max(...logits.map((value, i) => Math.abs(value - found[i]!))) / largest;
  await saveTorch(ours, model.stateDict());
  model.dispose();
  const { differing } = await peer.ask<{ differing: readonly string[] }>({
    command: 'read',
    name,
    path: ours,
  });
  return { name, error, differing };
}

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    only: { type: 'string', multiple: true },
    legacy: { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'convnet-weights-'));
const device = await wasm({ threads: 1 });
using peer = new Peer(values.python);
const versions = await peer.next<{ torch: string; torchvision: string }>();
console.log(`torch ${versions.torch}, torchvision ${versions.torchvision}`);
let failed = 0;
try {
  for (const [name, build] of builders()) {
    if (values.only !== undefined && !values.only.includes(name)) continue;
    const { error, differing } = await check(name, build, {
      peer,
      device,
      folder,
      legacy: values.legacy,
    });
    const isRight = error < tolerance && differing.length === 0;
    if (!isRight) failed++;
    console.log(
      `${isRight ? 'ok' : 'FAILED'} ${name}: logits differ by ${error.toExponential(1)} of the largest, ` +
        `${differing.length} tensors differ in PyTorch`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(failed === 0 ? 'all are equal' : `${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
