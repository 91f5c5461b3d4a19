import {
  add,
  batchNorm,
  capture,
  conv,
  hardtanh,
  keep,
  noGrad,
  pointwise,
  randn,
  relu,
  scope,
  Generator,
  mul,
  sum,
  type Activation,
  type Bounds,
  type Device,
  type Operand,
  type RunningStatistics,
  type Tensor,
} from '@convnet/tensor-core';
import { checkCase, type ConformanceCase } from '../case.ts';
import { fixed, integers, listed, uniform, type Input } from '../inputs.ts';
import type { Program } from '../program.ts';

/** Of few channels, whose rows lie beside each other; of many; with few rows and many; with every rest. */
const shapes: readonly (readonly number[])[] = [
  [4, 3],
  [3, 1],
  [2, 5, 7],
  [2, 3, 5, 4],
  [5, 8, 2, 3],
  [2, 3, 2, 3, 4],
  [7, 40],
  [5, 58, 3, 3],
  [300, 256],
  [2, 58, 33, 37],
  [2, 36, 17, 9],
];

interface Activated {
  readonly activation: Activation;
  readonly bounds: Bounds;
}

const rectified: Activated = {
  activation: { name: 'relu', scalars: [] },
  bounds: { low: 0, high: Infinity, isOneSided: true },
};
const clamped: Activated = {
  activation: { name: 'hardtanh', scalars: [-0.5, 0.75] },
  bounds: { low: -0.5, high: 0.75, isOneSided: false },
};

interface Parts {
  readonly affine: boolean;
  readonly running: boolean;
  readonly activated: Activated | null;
}

function describe({ affine, running, activated }: Parts): string {
  const words = [
    affine ? 'weight and bias' : '',
    running ? 'running statistics' : '',
    activated?.activation.name ?? '',
  ];
  return words.filter((word) => word !== '').join(', ') || 'nothing else';
}

/** The sum of a batch norm and a residual, in one pass where the device has that, else one after the other. */
function normalizedSum(
  [x, residual]: readonly [Tensor, Tensor],
  [weight, bias]: readonly (Tensor | null)[],
  running: { mean: Tensor; variance: Tensor; batches: Tensor } | null,
  activated: Activated | null,
): Tensor {
  const { kernels } = x.device;
  if ('batchNormResidual' in kernels) {
    const statistics: RunningStatistics | null = running && { ...running, momentum: 0.1 };
    const [y, ...others] = kernels.batchNormResidual(
      x,
      residual,
      weight!,
      bias!,
      1e-5,
      statistics,
      activated && activated.bounds,
    );
    for (const buffer of others) x.device.backend.free(buffer);
    return x.withBuffer(y);
  }
  const state = {
    weight: weight!,
    bias: bias!,
    runningMean: running?.mean ?? null,
    runningVar: running?.variance ?? null,
    batchesTracked: running?.batches ?? null,
  };
  const y = add(batchNorm(x, state, { training: true }), residual);
  if (activated === null) return y;
  const { name, scalars } = activated.activation;
  return pointwise(name, [y], scalars);
}

function forwardProgram(shape: readonly number[], parts: Parts, residual: Input): Program {
  const channels = [shape[1]!];
  return {
    name: `batchNormResidual of [${shape.join(', ')}] with ${describe(parts)}`,
    op: 'batchNormResidual',
    inputs: [
      uniform(shape, -1, 3),
      residual,
      uniform(channels, 0.5, 1.5),
      uniform(channels),
      uniform(channels),
      uniform(channels, 0.5, 2),
      integers([], 0, 40),
    ].map(fixed),
    long: true,
    body: (x, r, weight, bias, mean, variance, batches) =>
      noGrad(() => {
        const own = parts.affine ? [weight, bias] : [null, null];
        const running = parts.running ? { mean, variance, batches } : null;
        const y = normalizedSum([x, r], own, running, parts.activated);
        return parts.running ? [y, mean, variance, batches] : y;
      }),
  };
}

/** What bounds decide by: no number, no limit, zeros of both signs, the bounds and what lies on either side of them. */
const decisive: readonly number[] = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1e-30,
  -1e-30,
  0.75,
  -0.5,
  0.7499999,
  -0.4999999,
  0.7500001,
  3e38,
  -3e38,
  0.1,
];

/** dx, dweight, dbias and the gradient of the residual, in one go where the device has that, else one after the other. */
function gradients(
  [x, y, dy]: readonly [Tensor, Tensor, Tensor],
  weight: Tensor | null,
  [mean, variance]: readonly [Tensor, Tensor],
  { activation, bounds }: Activated,
): readonly Tensor[] {
  const { kernels } = x.device;
  const epsilon = 1e-5;
  if ('batchNormResidualGrad' in kernels) {
    // In place: `dy` is this program's own.
    const made = kernels.batchNormResidualGrad(x, y, dy, weight, mean, variance, epsilon, bounds);
    return [x.withBuffer(made[0]), mean.withBuffer(made[1]), mean.withBuffer(made[2]), dy];
  }
  const passed = pointwise(`${activation.name}Grad`, [dy, y], activation.scalars);
  const read: Operand = passed;
  const made = kernels.batchNormGrad(x, read, weight, null, mean, variance, epsilon, null);
  return [x.withBuffer(made[0]), mean.withBuffer(made[1]), mean.withBuffer(made[2]), passed];
}

function gradientProgram(
  shape: readonly number[],
  activated: Activated,
  affine: boolean,
  dy: Input = uniform(shape),
): Program {
  const channels = [shape[1]!];
  return {
    name: `batchNormResidualGrad of [${shape.join(', ')}] through ${activated.activation.name}${affine ? ' with weight' : ''}`,
    op: 'batchNormResidualGrad',
    inputs: [
      uniform(shape, -1, 3),
      listed(decisive, shape),
      dy,
      uniform(channels, 0.5, 1.5),
      uniform(channels, 0.5, 1.5),
      uniform(channels, 0.5, 2),
    ].map(fixed),
    long: true,
    body: (x, y, g, weight, mean, variance) =>
      noGrad(() => gradients([x, y, g], affine ? weight : null, [mean, variance], activated)),
  };
}

/** The same values but one, in the middle of the first sample. */
function withOne(value: number, input: Input): Input {
  const middle = Math.floor(input.shape.slice(1).reduce((a, b) => a * b) / 2);
  return { ...input, value: (u, i) => (i === middle ? value : input.value(u, i)) };
}

const every: Parts = { affine: true, running: true, activated: rectified };

/** Batch norm with the sum of a residual block and what follows it in one pass, and its gradient. */
export const batchNormResidualPrograms: readonly Program[] = [
  ...shapes.flatMap((shape) => [
    forwardProgram(shape, every, uniform(shape)),
    forwardProgram(shape, { affine: false, running: false, activated: clamped }, uniform(shape)),
    gradientProgram(shape, rectified, true),
    gradientProgram(shape, clamped, false),
  ]),
  forwardProgram([3, 5, 4, 4], { ...every, activated: null }, uniform([3, 5, 4, 4])),
  forwardProgram(
    [2, 36, 5],
    { affine: false, running: true, activated: null },
    uniform([2, 36, 5]),
  ),
  ...[rectified, clamped, null].map((activated): Program => {
    const program = forwardProgram(
      [3, 37, 5],
      { ...every, activated },
      listed(decisive, [3, 37, 5]),
    );
    return { ...program, name: `${program.name}, of special residuals` };
  }),
  ...[NaN, Infinity].flatMap((value) =>
    [rectified, clamped].map((activated): Program => {
      const shape = [3, 37, 5];
      const dy = withOne(value, uniform(shape));
      const program = gradientProgram(shape, activated, true, dy);
      return { ...program, name: `${program.name}, of one ${value}` };
    }),
  ),
  {
    name: 'batchNormResidual of results of conv, and its gradient',
    op: 'batchNormResidual',
    inputs: [
      uniform([2, 3, 5, 4]),
      uniform([5, 3, 1, 1]),
      uniform([5, 3, 1, 1]),
      uniform([5, 3, 1, 1]),
      uniform([5], 0.5, 1.5),
      uniform([5]),
      uniform([5], 0.5, 2),
    ].map(fixed),
    long: true,
    body: (image, v, w, u, weight, bias, variance) =>
      noGrad(() => {
        const [x, residual, dy] = [v, w, u].map((kernel) => conv(image, kernel));
        const y = normalizedSum([x!, residual!], [weight, bias], null, null);
        // Far from the bounds: which gradients they let through must not hang on a rounding error.
        const signs = pointwise('sign', [residual!]);
        return [y, ...gradients([x!, signs, dy!], weight, [bias, variance], rectified)];
      }),
  },
];

/** A step that ends in residual blocks, in each form that is found. */
const blocks: Readonly<Record<string, (norms: readonly Tensor[], x: Tensor) => Tensor>> = {
  'a sum and ReLU': ([a], x) => relu(add(a!, x)),
  'a sum from the right and bounds': ([a], x) => hardtanh(add(x, a!), -0.5, 0.75),
  'bounds between two numbers of float32': ([a], x) => hardtanh(add(a!, x), -0.4, 0.7),
  'a sum alone': ([a], x) => add(a!, x),
  'two batch norms': ([a, b]) => relu(add(a!, b!)),
  'two blocks': ([a, b], x) => relu(add(b!, relu(add(x, a!)))),
};

async function run(
  device: Device,
  shape: readonly number[],
  block: (norms: readonly Tensor[], x: Tensor) => Tensor,
  isCaptured: boolean,
): Promise<{ readonly seen: string[]; readonly text: string }> {
  const generator = new Generator(5);
  const random = (of: readonly number[]): Tensor =>
    keep(randn(of, { device, generator, requiresGrad: true }));
  const channels = [shape[1]!];
  const leaves = [channels, channels, channels, channels, shape, shape, shape].map(random);
  const [w1, b1, w2, b2, ...images] = leaves;
  const forward = (scale: Tensor): Tensor => {
    for (const leaf of leaves) leaf.clearGrad();
    const norm = (x: Tensor, weight: Tensor, bias: Tensor): Tensor =>
      batchNorm(x, { weight, bias, runningMean: null, runningVar: null }, { training: true });
    const [x, first, second] = images.map((image) => mul(image, scale));
    const y = block([norm(first!, w1!, b1!), norm(second!, w2!, b2!)], x!);
    const loss = sum(mul(y, scale));
    loss.backward();
    return loss;
  };
  const captured = isCaptured ? capture(forward) : null;
  const step = captured ?? forward;
  const seen: string[] = [];
  for (let i = 0; i < 3; i++) {
    const losses = step(randn(shape, { device, generator }));
    const grads = leaves.map(({ grad }) => grad).filter((grad) => grad !== null);
    for (const t of [losses, ...grads]) {
      const values = await t.data();
      seen.push(new Uint32Array(values.buffer, values.byteOffset, values.length).join());
    }
    losses.dispose();
  }
  const text = String(captured);
  captured?.dispose();
  for (const leaf of leaves) leaf.dispose();
  return { seen, text };
}

/** Captured residual blocks give the bits of eager ones. */
export const batchNormResidualCases: readonly ConformanceCase[] = Object.entries(blocks).flatMap(
  ([name, block]) =>
    [
      [3, 5, 4],
      [2, 40, 3, 3],
      [4, 36, 9, 33],
    ].map((shape) =>
      checkCase(
        `captured batch norms of [${shape.join(', ')}] with ${name}, bit by bit`,
        'capture',
        (device) =>
          scope(async () => {
            const eager = await run(device, shape, block, false);
            const captured = await run(device, shape, block, true);
            const failures = eager.seen.flatMap((line, i) =>
              line === captured.seen[i] ? [] : [`value ${i}: ${line.slice(0, 40)} differs`],
            );
            const { fuses = [] } = device.backend;
            const isFused = captured.text.includes('batchNormResidual(');
            if (isFused !== fuses.includes('batchNormResidual')) failures.push(captured.text);
            return failures;
          }),
      ),
    ),
);
