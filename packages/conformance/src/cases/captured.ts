import {
  adamNumbers,
  adamStep,
  adaptiveAvgPool,
  avgPool,
  batchNorm,
  capture,
  checkpoint,
  conv,
  crossEntropy,
  dropout,
  everyRun,
  flatten,
  full,
  Generator,
  keep,
  linear,
  maxPool,
  randn,
  relu,
  scope,
  sgdStep,
  stepScalar,
  tensor,
  type Device,
  type StepResult,
  type Tensor,
} from '@convnet/tensor-core';
import { checkCase, type ConformanceCase } from '../case.ts';

type Step<Inputs extends readonly Tensor[]> = (...inputs: Inputs) => StepResult;

/** Either the step itself or its capture. */
type Wrap = <Inputs extends readonly Tensor[]>(step: Step<Inputs>) => Step<Inputs>;

const classes = 4;
const steps = 6;

/** A network with everything that a replay must not lose: random draws, running statistics, a rate that falls. */
class Network {
  readonly weights: readonly Tensor[];
  readonly running: readonly Tensor[];
  /** Two tensors of each weight's shape, for an optimiser. */
  readonly state: readonly (readonly [Tensor, Tensor])[];
  readonly #generator = new Generator(11);
  /** Updates so far. */
  updates = 0;

  constructor(device: Device) {
    const generator = new Generator(7);
    const shapes = [[5, 2, 3, 3], [5], [5], [4, 5, 3, 3], [classes, 4], [classes]];
    const zeros = (shape: readonly number[]): Tensor => keep(full(shape, 0, { device }));
    this.weights = shapes.map((shape) =>
      keep(randn(shape, { device, generator, requiresGrad: true })),
    );
    this.state = shapes.map((shape) => [zeros(shape), zeros(shape)]);
    const count = keep(full([], 0, { device, dtype: 'int32' }));
    this.running = [zeros([5]), keep(full([5], 1, { device })), count];
  }

  get rate(): number {
    return 0.1 / (1 + this.updates);
  }

  loss(x: Tensor, labels: Tensor): Tensor {
    const [w1, weight, bias, w2, w3, b3] = this.weights;
    const [runningMean, runningVar, batchesTracked] = this.running;
    const kept = {
      runningMean: runningMean!,
      runningVar: runningVar!,
      batchesTracked: batchesTracked!,
    };
    const h1 = relu(
      batchNorm(
        conv(x, w1!, null, { padding: 1 }),
        { weight: weight!, bias: bias!, ...kept },
        { training: true },
      ),
    );
    const h2 = dropout(maxPool(h1, 2), 0.3, { generator: this.#generator });
    const h3 = relu(conv(h2, w2!, null, { padding: 1, stride: 2 }));
    const h4 = adaptiveAvgPool(avgPool(h3, 2, { ceilMode: true }), 1);
    return crossEntropy(linear(flatten(h4, 1), w3!, b3), labels);
  }

  clear(): void {
    for (const weight of this.weights) weight.clearGrad();
  }

  sgd(): void {
    everyRun(
      () => this.updates++,
      () => this.updates--,
    );
    const attributes = { momentum: 0.9, dampening: 0.1, weightDecay: 0.01 };
    const forms = { nesterov: false, maximize: false, first: false };
    this.weights.forEach((weight, i) => {
      sgdStep(
        weight,
        weight.grad!,
        this.state[i]![0],
        { ...attributes, ...forms },
        stepScalar(() => this.rate),
      );
    });
  }

  adam(decoupled: boolean): void {
    everyRun(
      () => this.updates++,
      () => this.updates--,
    );
    const decay = { beta1: 0.9, beta2: 0.99, weightDecay: 0.01 };
    const attributes = { ...decay, epsilon: 1e-8, decoupled, maximize: false };
    const now = (): ReturnType<typeof adamNumbers> =>
      adamNumbers(attributes, this.rate, this.updates);
    this.weights.forEach((weight, i) => {
      adamStep(weight, weight.grad!, ...this.state[i]!, attributes, {
        stepSize: stepScalar(() => now().stepSize),
        rootCorrection: stepScalar(() => now().rootCorrection),
        kept: stepScalar(() => now().kept),
      });
    });
  }
}

/** A training as a user writes it, with the steps that are to be captured handed to `wrap`. */
type Training = (network: Network, wrap: Wrap) => Step<[Tensor, Tensor]>;

const trainings: Readonly<Record<string, Training>> = {
  'SGD with momentum': (network, wrap) =>
    wrap((x, labels) => {
      const loss = network.loss(x, labels);
      network.clear();
      loss.backward();
      network.sgd();
      return loss;
    }),
  Adam: (network, wrap) =>
    wrap((x, labels) => {
      network.clear();
      const loss = network.loss(x, labels);
      loss.backward();
      network.adam(false);
      return { loss };
    }),
  AdamW: (network, wrap) =>
    wrap((x, labels) => {
      network.clear();
      const loss = network.loss(x, labels);
      loss.backward();
      network.adam(true);
      return [loss];
    }),
  'gradients that add up over two calls': (network, wrap) => {
    const add = wrap((x: Tensor, labels: Tensor) => {
      const loss = network.loss(x, labels);
      loss.backward();
      return loss;
    });
    const update = wrap(() => {
      network.sgd();
      network.clear();
    });
    return (x, labels) => {
      add(x, labels);
      const loss = add(x, labels);
      update();
      return loss;
    };
  },
  'a checkpoint': (network, wrap) =>
    wrap((x, labels) => {
      const [w1, , , w2] = network.weights;
      network.clear();
      // The second convolution is computed again in the backward pass.
      const h = conv(x, w1!, null, { padding: 1 });
      const y = checkpoint((t) => relu(conv(relu(t), w2!, null, { padding: 1 })), h);
      const loss = crossEntropy(flatten(adaptiveAvgPool(y, 1), 1), labels);
      loss.backward();
      for (const i of [0, 3]) {
        const rate = stepScalar(() => network.rate);
        const forms = { nesterov: true, maximize: false, first: false };
        const attributes = { momentum: 0.5, dampening: 0, weightDecay: 0, ...forms };
        const weight = network.weights[i]!;
        sgdStep(weight, weight.grad!, network.state[i]![0], attributes, rate);
      }
      return loss;
    }),
};

/** What a training gives: the loss of every step, then all that it changed. Batches of two sizes take turns. */
async function run(device: Device, training: Training, wrap: Wrap): Promise<string[]> {
  const network = new Network(device);
  const generator = new Generator(3);
  const step = training(network, wrap);
  const seen: string[] = [];
  for (let i = 0; i < steps; i++) {
    const batch = i % 3 === 2 ? 2 : 3;
    const x = randn([batch, 2, 9, 8], { device, generator });
    const labels = Int32Array.from({ length: batch }, (_, k) => (k + i) % classes);
    const result = scope(() => step(x, tensor(labels, [batch], { device })));
    const [loss] = [result].flat().map((item) => (item && 'loss' in item ? item.loss : item));
    seen.push(`loss ${i}: ${await bits(loss as Tensor)}`);
  }
  const { weights, running, state } = network;
  for (const [i, t] of [...weights, ...running, ...state.flat()].entries()) {
    seen.push(`tensor ${i}: ${await bits(t)}`);
    t.dispose();
  }
  return seen;
}

async function bits(t: Tensor): Promise<string> {
  const values = await t.data();
  return new Uint32Array(values.buffer, values.byteOffset, values.byteLength / 4).join();
}

/** Captured steps give the bits of eager ones. */
export const capturedCases: readonly ConformanceCase[] = Object.entries(trainings).map(
  ([name, training]) =>
    checkCase(`captured training with ${name}, bit by bit`, 'capture', async (device) => {
      const expected = await scope(() => run(device, training, (step) => step));
      const failures: string[] = [];
      for (const fuse of [false, true]) {
        const captures: { recordings: number; dispose(): void }[] = [];
        const actual = await scope(() =>
          run(device, training, (step) => {
            const captured = capture(step, { fuse });
            captures.push(captured);
            return captured;
          }),
        );
        if (captures.some(({ recordings }) => recordings === 0)) failures.push('nothing recorded');
        for (const captured of captures) captured.dispose();
        const differing = expected.filter((line, i) => line !== actual[i]);
        failures.push(...differing.map((line) => `fuse ${fuse}: ${line.slice(0, 60)} differs`));
      }
      return failures;
    }),
);
