import {
  add,
  assign,
  avgPool,
  batchNorm,
  cast,
  clone,
  conv,
  crossEntropy,
  cumsum,
  fillRandom,
  full,
  matmul,
  maxPool,
  noGrad,
  ones,
  permute,
  scope,
  softmax,
  sum,
  tensor,
  zeros,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { checkCase, type ConformanceCase } from './case.ts';

const million = 2 ** 20;

/** Elements that are not the expected one, to a last bit or two, and the first of them. */
function count(
  values: ArrayLike<number>,
  expected: number | ((i: number) => number),
): { wrong: number; first: number } {
  let wrong = 0;
  let first = -1;
  for (let i = 0; i < values.length; i++) {
    const value = typeof expected === 'number' ? expected : expected(i);
    if (values[i] === value || Math.abs(values[i]! - value) <= 1e-6 * Math.abs(value)) continue;
    if (wrong === 0) first = i;
    wrong++;
  }
  return { wrong, first };
}

/** Reads a tensor, frees it, and says how many of its elements are not the expected one. */
async function differing(
  what: string,
  t: Tensor,
  expected: number | ((i: number) => number),
): Promise<string[]> {
  const values = await t.data();
  t.dispose();
  const { wrong, first } = count(values, expected);
  if (wrong === 0) return [];
  const of = `${wrong} of ${values.length} elements are wrong`;
  return [`${what}: ${of}, the first is element ${first}: ${values[first]}`];
}

/** A case, and the bytes that it takes on a device at most. */
interface LargeCase extends ConformanceCase {
  readonly bytes: number;
}

function large(
  op: string,
  how: string,
  mebibytes: number,
  check: (device: Device) => Promise<string[]>,
): LargeCase {
  return { ...checkCase(`${op}: ${how}`, op, check), bytes: mebibytes * million };
}

/** Steps of an optimiser in place: of its parameter, all ones, half is left. */
async function halve(device: Device, count: number, withMomentum: boolean): Promise<string[]> {
  const parameter = ones([count], { device });
  const gradient = ones([count], { device });
  const velocity = withMomentum ? zeros([count], { device }) : null;
  const operandOf = ({ shape, dtype, buffer }: Tensor) => ({ shape, dtype, buffer });
  device.kernels.sgdStep(
    operandOf(parameter),
    operandOf(gradient),
    velocity && operandOf(velocity),
    {
      momentum: withMomentum ? 0.5 : 0,
      dampening: 0,
      weightDecay: 0,
      nesterov: false,
      maximize: false,
      first: true,
    },
    0.5,
  );
  gradient.dispose();
  velocity?.dispose();
  return differing('parameter', parameter, 0.5);
}

/**
 * Kernels at sizes where counts that they may work with, such as units of work times parts, no longer fit in 32 bits.
 * Each takes the least memory that shows it, 600 MiB at most; those that take up to `mostBytes`.
 */
export function largeCases(mostBytes: number = Infinity): ConformanceCase[] {
  return all.filter(({ bytes }) => bytes <= mostBytes);
}

const all: readonly LargeCase[] = [
  large('fill', '70 million elements', 280, async (device) =>
    differing('ones', full([69 * million + 3], 1, { device }), 1),
  ),
  large('pointwise', '45 million elements', 360, async (device) => {
    const y = scope(() => add(full([43 * million + 5], 1, { device }), 2));
    return differing('1 + 2', y, 3);
  }),
  large('pointwise', '6 million short rows', 150, async (device) => {
    const y = scope(() =>
      add(zeros([6 * million + 1, 3], { device }), tensor([1, 2, 3], [1, 3], { device })),
    );
    return differing('rows', y, (i) => 1 + (i % 3));
  }),
  large('clone', '70 million elements', 560, async (device) => {
    const y = scope(() => clone(full([69 * million + 1], 4, { device })));
    return differing('copy', y, 4);
  }),
  large('cast', '50 million elements to bytes', 400, async (device) => {
    const y = scope(() => cast(full([49 * million + 7], 7, { device }), 'uint8'));
    return differing('bytes', y, 7);
  }),
  large('blend', '50 million elements', 400, async (device) => {
    const target = zeros([49 * million + 7], { device });
    scope(() => assign(target, full([49 * million + 7], 6, { device })));
    return differing('target', target, 6);
  }),
  large('move', '34 million elements turned round', 420, async (device) => {
    const y = scope(() => {
      const x = add(zeros([17 * million + 2, 2], { device }), tensor([1, 2], [1, 2], { device }));
      return clone(permute(x, [1, 0]));
    });
    const half = 17 * million + 2;
    return differing('columns', y, (i) => (i < half ? 1 : 2));
  }),
  large('random', '17 million numbers', 70, async (device) => {
    const count = 17 * million + 2;
    const seed = 9;
    const spec = { shape: [count], dtype: 'float32' } as const;
    const buffer = device.kernels.random('uniform', spec, seed, 3);
    const values = await device.backend.read({ ...spec, buffer });
    device.backend.free(buffer);
    const expected = new Float32Array(4);
    let wrong = 0;
    for (let block = 0; block < count / 4; block += 1009) {
      fillRandom(expected, 'uniform', seed, 3 + block);
      for (let k = 0; k < 4 && 4 * block + k < count; k++) {
        if (values[4 * block + k] !== expected[k]) wrong++;
      }
    }
    return wrong === 0 ? [] : [`${wrong} numbers are wrong`];
  }),
  large('softmax', '4 million lines, and its gradient', 200, async (device) => {
    const x = ones([4 * million + 5, 2], { device, requiresGrad: true });
    const y = softmax(x, 1);
    const failures = await differing(
      'softmax',
      noGrad(() => clone(y)),
      0.5,
    );
    scope(() => sum(y).backward());
    failures.push(...(await differing('gradient', x.grad!, 0)));
    for (const t of [x, y]) t.dispose();
    return failures;
  }),
  large('crossEntropy', '4 million targets, and its gradient', 200, async (device) => {
    const count = 4 * million + 5;
    const x = zeros([count, 2], { device, requiresGrad: true });
    const labels = zeros([count], { device, dtype: 'int32' });
    const losses = crossEntropy(x, labels, { reduction: 'none' });
    const failures = await differing(
      'losses',
      noGrad(() => clone(losses)),
      Math.LN2,
    );
    scope(() => sum(losses).backward());
    const gradient = (i: number): number => (i % 2 === 0 ? -0.5 : 0.5);
    failures.push(...(await differing('gradient', x.grad!, gradient)));
    for (const t of [x, labels, losses]) t.dispose();
    return failures;
  }),
  large('pool', '4 million windows, and gradients', 120, async (device) => {
    const count = 4 * million + 3;
    const failures: string[] = [];
    for (const [name, pool, share] of [
      ['maxPool', maxPool, (i: number) => (i % 2 === 0 ? 1 : 0)],
      ['avgPool', avgPool, 0.5],
    ] as const) {
      const x = full([1, 1, 2 * count], 3, { device, requiresGrad: true });
      const y = pool(x, 2);
      failures.push(
        ...(await differing(
          name,
          noGrad(() => clone(y)),
          3,
        )),
      );
      scope(() => sum(y).backward());
      failures.push(...(await differing(`gradient of ${name}`, x.grad!, share)));
      for (const t of [x, y]) t.dispose();
    }
    return failures;
  }),
  large('batchNorm', '50 million elements', 400, async (device) => {
    const y = noGrad(() =>
      scope(() => {
        const x = full([1, 32, 1.5 * million + 3], 3, { device });
        const bias = ones([32], { device });
        const state = { weight: null, bias, runningMean: null, runningVar: null };
        return batchNorm(x, state, { training: true });
      }),
    );
    return differing('normalised', y, 1);
  }),
  large('matmul', '2.5 million columns', 110, async (device) => {
    const failures: string[] = [];
    for (const rows of [1, 8]) {
      const y = scope(() =>
        matmul(ones([rows, 3], { device }), ones([3, 2.5 * million + 1], { device })),
      );
      failures.push(...(await differing(`${rows} rows`, y, 3)));
    }
    return failures;
  }),
  large('conv', '10 million rows of a depthwise kernel', 170, async (device) => {
    const height = 10 * million + 1;
    const y = scope(() =>
      conv(ones([1, 2, height, 1], { device }), ones([2, 1, 3, 1], { device }), null, {
        padding: [1, 0],
        groups: 2,
      }),
    );
    return differing('sums', y, (i) => (i % height === 0 || i % height === height - 1 ? 2 : 3));
  }),
  large('cumsum', 'a million lines', 30, async (device) => {
    const y = scope(() => cumsum(ones([million + 1, 3], { device }), 1));
    return differing('sums', y, (i) => 1 + (i % 3));
  }),
  large('sgd', '26 million parameters', 220, (device) => halve(device, 26 * million + 3, false)),
  large('sgd', '26 million parameters with momentum', 320, (device) =>
    halve(device, 26 * million + 3, true),
  ),
];
