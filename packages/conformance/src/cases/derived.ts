import {
  adamNumbers,
  adamStep,
  add,
  assign,
  batchNorm,
  blend,
  captureGraph,
  conv,
  foldBatchNorm,
  FoldCache,
  fuse,
  Generator,
  GraphRunner,
  keep,
  mul,
  noGrad,
  ones,
  randn,
  relu,
  scope,
  sgdStep,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { checkCase, type ConformanceCase } from '../case.ts';

/** Every way to write a tensor, with numbers of its kind. */
const writers: Readonly<Record<string, (target: Tensor, source: Tensor) => void>> = {
  assign: (target, source) => assign(target, source),
  blend: (target, source) => blend(target, source, 0.5, 1),
  exchange: (target, source) => target.exchangeWith(source),
  replace: (target, source) => target.replaceWith(source),
  sgdStep: (target, source) => {
    const forms = { nesterov: false, maximize: true, first: true };
    sgdStep(target, source, null, { momentum: 0, dampening: 0, weightDecay: 0, ...forms }, 0.5);
  },
  adamStep: (target, source) => {
    const [mean, square] = [mul(source, 0), mul(source, 0)];
    const decay = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 };
    const step = { ...decay, decoupled: false, maximize: true };
    adamStep(target, source, mean, square, step, adamNumbers(step, 0.1, 1));
  },
};

interface Weights {
  readonly folded: Tensor;
  readonly plain: Tensor;
  readonly depthwise: Tensor;
  readonly bias: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
}

function weightsOn(device: Device, generator: Generator): Weights {
  const random = (...shape: number[]): Tensor => randn(shape, { device, generator });
  return keep({
    folded: random(32, 3, 3, 3),
    plain: random(32, 32, 3, 3),
    depthwise: random(32, 1, 3, 3),
    bias: random(32),
    mean: random(32),
    variance: ones([32], { device }),
  });
}

/** Those of `network`: each may have its weights rounded. */
const convolutions = 3;

/** Convolutions as compiled models have them: with batch norm folded in, by themselves, and depthwise. */
function network(x: Tensor, w: Weights, training = false): Tensor {
  const state = { weight: null, bias: null, runningMean: w.mean, runningVar: w.variance };
  const y = relu(batchNorm(conv(x, w.folded, w.bias), state, { training }));
  return conv(relu(conv(y, w.plain, null, { padding: 1 })), w.depthwise, null, { groups: 32 });
}

/** The largest difference, relative to the largest number expected. */
async function difference(actual: Tensor, expected: Tensor): Promise<number> {
  const [a, b] = [await actual.data(), await expected.data()];
  let [worst, scale] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    scale = Math.max(scale, Math.abs(b[i]!));
    worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
  }
  return Number.isNaN(worst) ? Number.POSITIVE_INFINITY : worst / scale;
}

/** What a device or a graph derives from a weight and keeps must follow each way of writing it. */
export const derivedCases: readonly ConformanceCase[] = [
  checkCase(
    'what is derived from weights follows whatever is written to them',
    'willReuse',
    (device) =>
      scope(async () => {
        const generator = new Generator(9);
        const weights = weightsOn(device, generator);
        const x = randn([1, 3, 8, 8], { device, generator });
        const cache = new FoldCache();
        const folded = foldBatchNorm(
          captureGraph((input) => network(input, weights), [x]),
          cache,
        );
        const runner = new GraphRunner(fuse(folded, device.backend.fuses ?? []), device);
        const failures: string[] = [];
        const limit = 1e-4 + convolutions * (device.backend.reusedRounding ?? 0);
        const check = async (change: string): Promise<void> => {
          cache.refresh();
          const [actual, expected] = [runner.run([x])[0]!, noGrad(() => network(x, weights))];
          const off = await difference(actual, expected);
          if (!(off < limit)) failures.push(`after ${change}: off by ${off}`);
        };
        await check('nothing');
        for (const [name, target] of Object.entries(weights) as [string, Tensor][]) {
          for (const [writer, write] of Object.entries(writers)) {
            // Variances stay positive.
            const source =
              name === 'variance'
                ? ones(target.shape, { device })
                : randn(target.shape, { device, generator });
            scope(() => write(target, add(source, 0)));
            await check(`${writer} of ${name}`);
          }
        }
        noGrad(() => network(x, weights, true));
        await check('a batch that moves the statistics');
        runner.dispose();
        cache.dispose();
        for (const weight of Object.values(weights) as Tensor[]) weight.dispose();
        return failures;
      }),
  ),
];
