import {
  convolutionOf,
  elementCount,
  type ConvGeometry,
  type Operand,
  type TensorSpec,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { beforeAll, describe, expect, test } from 'vitest';

import type { Recorder } from '../../commands/recorder.ts';
import type { CudaDevice } from '../../cuda.ts';
import { memoryOf } from '../../cuda-buffer.ts';
import { hasEmulator, openEmulated } from '../../testing/emulated-device.ts';
import { forwardPlan, inputGradPlan, weightGradPlan } from '../conv/products.ts';
import { planProduct, productOf } from '../matmul.ts';
import { noEnding, type Ending } from './ending.ts';
import { runPlan, type Plan } from './plan.ts';
import {
  builtTiles,
  termsOfStep,
  tiles,
  type Machine,
  type ProductKind,
  type Tile,
} from './tiles.ts';

/** Integers from -4 to 4, whose products and sums float32 holds exactly, and TF32 the factors. */
function integers(count: number, seed: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  let state = seed;
  for (let i = 0; i < count; i++) {
    state = (state * 48271) % 2147483647;
    values[i] = (state % 9) - 4;
  }
  return values;
}

/** The same elements on the device and on the reference. */
interface Pair {
  readonly own: Operand;
  readonly host: Operand;
}

const onHost = reference();

/** A division that is not chosen but given: every tile and several parts, whatever the shape. */
function forced(tile: Tile, parts: number, tf32: boolean): Machine {
  return {
    multiprocessors: 4,
    tf32,
    divide(_, { terms }) {
      const termsOfPart = Math.max(Math.ceil(terms / parts / termsOfStep), 1) * termsOfStep;
      return { tile, parts: Math.max(Math.ceil(terms / termsOfPart), 1), termsOfPart };
    },
  };
}

const tilesOf = (kind: ProductKind): Tile[] =>
  tiles.filter(({ name }) => builtTiles[kind].includes(name));

describe.runIf(hasEmulator).each([false, true])('products in every tile, tf32: %s', (tf32) => {
  let device: CudaDevice;
  let recorder: Recorder;
  beforeAll(async () => {
    ({ device, recorder } = await openEmulated({ tf32 }));
    recorder.marksUnwritten = true;
    return () => device.dispose();
  });

  const spec = (shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' });

  const uploaded = (shape: readonly number[], seed: number): Pair => {
    const values = integers(elementCount(shape), seed);
    const upload = (to: typeof onHost | CudaDevice): Operand => ({
      ...spec(shape),
      buffer: to.backend.upload(values, spec(shape)),
    });
    return { own: upload(device), host: upload(onHost) };
  };

  /** Runs a plan; what it gives, and what the reference has given, element by element. */
  async function both(
    plan: Plan,
    left: Operand,
    right: Operand,
    out: readonly number[],
    expected: Operand['buffer'],
    ending: Ending = noEnding,
  ): Promise<{ readonly own: number[]; readonly host: number[] }> {
    const result = recorder.call(() => {
      const made = recorder.allocate(spec(out));
      const memories = { left: memoryOf(left), right: memoryOf(right), out: made.memory };
      runPlan(recorder, plan, memories, ending);
      return made;
    });
    const actual = await device.backend.read({ ...spec(out), buffer: result });
    recorder.free(result);
    return {
      own: [...actual],
      host: [...(await onHost.backend.read({ ...spec(out), buffer: expected }))],
    };
  }

  /** One direction of a convolution; forward with all that may follow. */
  function convolved(
    kind: ProductKind,
    geometry: ConvGeometry,
    y: readonly number[],
    { x, w, dy }: Readonly<Record<'x' | 'w' | 'dy', Pair>>,
    machine: Machine,
  ): Promise<{ readonly own: number[]; readonly host: number[] }> {
    const c = convolutionOf('cuda', x.own.shape, w.own.shape, y, geometry);
    const { kernels } = onHost;
    if (kind.startsWith('inputGrad')) {
      const expected = kernels.convInputGrad(dy.host, w.host, geometry, spec(x.own.shape));
      return both(inputGradPlan(c, machine), dy.own, w.own, x.own.shape, expected);
    }
    if (kind.startsWith('weightGrad')) {
      const expected = kernels.convWeightGrad(x.host, dy.host, geometry, spec(w.own.shape));
      return both(weightGradPlan(c, machine), x.own, dy.own, w.own.shape, expected);
    }
    const [bias, residual] = [uploaded([y[1]!], 14), uploaded(y, 15)];
    const activation = { name: 'relu', scalars: [] };
    const ending = { bias: bias.own, residual: residual.own, activation };
    const epilogue = { residual: residual.host, activation };
    const expected = kernels.fusedConv!(x.host, w.host, bias.host, geometry, epilogue, spec(y));
    return both(forwardPlan(c, ending, machine), x.own, w.own, y, expected, ending);
  }

  for (const kind of ['matmul', 'matmulAny'] as const) {
    for (const tile of tilesOf(kind)) {
      test(`${kind} ${tile.name}`, async () => {
        const odd = kind === 'matmulAny' ? 1 : 4;
        const [m, n, k] = [tile.m + odd, tile.n + 3 * odd, 36 + odd];
        for (const [a, b] of [
          [false, false],
          [false, true],
          [true, false],
          [true, true],
        ] as const) {
          for (const batch of [[], [2]]) {
            const left = uploaded([...batch, ...(a ? [k, m] : [m, k])], 5);
            const right = uploaded([...batch, ...(b ? [n, k] : [k, n])], 6);
            const bias = uploaded([n], 7);
            const out = [...batch, m, n];
            const transpose = { a, b };
            const expected = onHost.kernels.matmul(
              left.host,
              right.host,
              bias.host,
              transpose,
              spec(out),
            );
            for (const parts of [1, 3]) {
              const ending = { ...noEnding, bias: bias.own };
              const product = productOf(left.own.shape, right.own.shape, out, transpose);
              const plan = planProduct(product, ending, forced(tile, parts, tf32));
              const { own, host } = await both(plan, left.own, right.own, out, expected, ending);
              expect(own).toEqual(host);
            }
          }
        }
      });
    }
  }

  test('factors are rounded to TF32 only where that was asked for, and stay what no rounding changes', async () => {
    // More rows than a product of few has, which never rounds.
    const [rows, terms, columns] = [16, 16, 32];
    const given = [
      1 + 2 ** -11,
      1 + 2 ** -12,
      -1 - 3 * 2 ** -11,
      NaN,
      Infinity,
      -Infinity,
      2 ** -130,
    ];
    const rounded = [1 + 2 ** -10, 1, -1 - 2 ** -9, NaN, Infinity, -Infinity, 2 ** -130];
    const left = new Float32Array(rows * terms);
    given.forEach((value, row) => (left[row * terms] = value));
    const right = new Float32Array(terms * columns).fill(1, 0, columns);
    const upload = (values: Float32Array<ArrayBuffer>, shape: readonly number[]): Operand => ({
      ...spec(shape),
      buffer: device.backend.upload(values, spec(shape)),
    });
    const factors = [upload(left, [rows, terms]), upload(right, [terms, columns])] as const;
    const out = spec([rows, columns]);
    const buffer = device.kernels.matmul(...factors, null, { a: false, b: false }, out);
    const product = await device.backend.read({ ...out, buffer });
    expect(given.map((_, row) => product[row * columns])).toEqual(tf32 ? rounded : given);
  });

  const geometries: readonly (ConvGeometry & {
    readonly taps: readonly number[];
    readonly input: readonly number[];
  })[] = [
    {
      taps: [3, 3],
      input: [9, 13],
      stride: [1, 1],
      padBegin: [1, 1],
      padEnd: [1, 0],
      dilation: [1, 1],
      groups: 1,
    },
    {
      taps: [2, 3],
      input: [11, 14],
      stride: [2, 3],
      padBegin: [0, 2],
      padEnd: [1, 1],
      dilation: [1, 2],
      groups: 2,
    },
  ];

  for (const kind of [
    'forward',
    'forwardAny',
    'inputGrad',
    'inputGradAny',
    'weightGrad',
    'weightGradAny',
    'weightGradFirst',
  ] as const) {
    for (const tile of tilesOf(kind)) {
      test(`conv ${kind} ${tile.name}`, async () => {
        for (const geometry of geometries) {
          const { taps, input, groups } = geometry;
          const isOdd = kind.endsWith('Any');
          const isFirst = kind.endsWith('First');
          const along = kind.startsWith('forward')
            ? tile.n
            : kind.startsWith('inputGrad')
              ? 20
              : tile.m;
          const outputs = along + (isOdd ? 3 : 4);
          const channels = (kind.startsWith('inputGrad') ? tile.n : 8) + (isOdd || isFirst ? 3 : 4);
          const x = uploaded([3, channels * groups, ...input], 11);
          const w = uploaded([outputs * groups, channels, ...taps], 12);
          const extents = input.map((extent, i) => {
            const reach = (taps[i]! - 1) * geometry.dilation[i]!;
            return (
              Math.floor(
                (extent + geometry.padBegin[i]! + geometry.padEnd[i]! - reach - 1) /
                  geometry.stride[i]!,
              ) + 1
            );
          });
          const y = [3, outputs * groups, ...extents];
          const dy = uploaded(y, 13);
          for (const parts of [1, 2]) {
            const { own, host } = await convolved(
              kind,
              geometry,
              y,
              { x, w, dy },
              forced(tile, parts, tf32),
            );
            expect(own).toEqual(host);
          }
        }
      });
    }
  }
});
