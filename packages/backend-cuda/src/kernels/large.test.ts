import {
  fillRandom,
  type DeviceBuffer,
  type Operand,
  type SgdStep,
  type TensorSpec,
} from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { KernelSizeError } from '../errors.ts';
import { hasEmulator } from '../testing/emulated-device.ts';
import { lastOf, onSparseDevice, type SparseDevice } from '../testing/sparse-device.ts';

/* Kernels where what they count passes 2^31 or 2^32: elements, offsets, lines, rows, products of extents. */

const twoTo31 = 2 ** 31;
const twoTo32 = 2 ** 32;

const spec = (shape: readonly number[], dtype: TensorSpec['dtype'] = 'float32'): TensorSpec => ({
  shape,
  dtype,
});
const operand = (of: TensorSpec, buffer: DeviceBuffer): Operand => ({ ...of, buffer });

describe.runIf(hasEmulator)('more elements than 32 bits count', () => {
  const count = twoTo32 + 5;
  const row = spec([count]);
  const marks = { 0: 3, [twoTo31]: 5, [twoTo32]: 7, [count - 1]: 11 };
  const places = Object.keys(marks).map(Number);

  /** What stands where the marks are. */
  async function atMarks({ at }: SparseDevice, y: Operand): Promise<number[]> {
    const found: number[] = [];
    for (const place of places) found.push(...(await at(y, place)));
    return found;
  }

  const marksAs = (of: (x: number) => number): number[] => Object.values(marks).map(of);

  test('fill', () =>
    onSparseDevice(async (sparse) => {
      const y = operand(row, sparse.device.kernels.fill(row, 2));
      expect(await atMarks(sparse, y)).toEqual(marksAs(() => 2));
    }));

  test('cast, pointwise, blend', () =>
    onSparseDevice(async (sparse) => {
      const { device, make } = sparse;
      const x = make(row.shape, marks);
      const y = operand(row, device.kernels.pointwise('addScalar', [x], [1], row));
      expect(await atMarks(sparse, y)).toEqual(marksAs((value) => value + 1));
      const bytes = spec(row.shape, 'uint8');
      expect(await atMarks(sparse, operand(bytes, device.kernels.cast(y, bytes)))).toEqual(
        marksAs((value) => value + 1),
      );
      device.kernels.blend(y, x, 1, 2);
      expect(await atMarks(sparse, y)).toEqual(marksAs((value) => 3 * value + 1));
    }));

  test('random numbers, in logical order and spread over channels', () =>
    onSparseDevice(async ({ device, at }) => {
      const expected = new Float32Array(4);
      const inOrder = operand(row, device.kernels.random('uniform', row, 9, 3));
      for (const place of [0, twoTo31, twoTo32]) {
        fillRandom(expected, 'uniform', 9, 3 + place / 4);
        expect(await at(inOrder, place)).toEqual([expected[0]]);
      }
      const images = spec([3, 2, twoTo31 + 4]);
      const spread = operand(images, device.kernels.random('uniform', images, 9, 0));
      // Its last number: the last position of the last channel of the last sample.
      fillRandom(expected, 'uniform', 9, (6 * (twoTo31 + 4)) / 4 - 1);
      expect(await at(spread, lastOf(images))).toEqual([expected[3]]);
    }));

  test('steps of optimisers, of one parameter and of several', () =>
    onSparseDevice(async (sparse) => {
      const { device, make } = sparse;
      const step: SgdStep = {
        momentum: 0,
        dampening: 0,
        weightDecay: 0,
        nesterov: false,
        maximize: false,
        first: true,
      };
      const parameters = [[5], [twoTo31 + 9], row.shape].map((shape) => make(shape));
      const gradients = parameters.map((p) => make(p.shape, { 0: 1, [lastOf(p)]: 1 }));
      const updates = parameters.map((p, i) => [p, gradients[i]!, null] as const);
      device.kernels.sgdSteps!(updates, step, 0.5);
      for (const p of parameters) expect(await sparse.at(p, lastOf(p))).toEqual([-0.5]);
    }));

  test('sums, of all and of lines', () =>
    onSparseDevice(async ({ device, make, at }) => {
      const x = make([count], {
        0: 1,
        [2 ** 30]: 1,
        [twoTo31 - 1]: 1,
        [twoTo31]: 1,
        [twoTo32]: 1,
        [count - 1]: 1,
      });
      const none = spec([]);
      expect(await at(operand(none, device.kernels.reduce('sum', x, [0], none)), 0)).toEqual([6]);
      expect(await at(operand(none, device.kernels.reduce('max', x, [0], none)), 0)).toEqual([1]);
    }));

  test('sums of lines, and across lines that lie further apart than 31 bits count', () =>
    onSparseDevice(async (sparse) => {
      const { device, make, at } = sparse;
      const lines = make([2, twoTo31 + 3], {
        0: 1,
        [twoTo31 + 2]: 1,
        [lastOf(spec([2, twoTo31 + 3]))]: 5,
      });
      const two = spec([2]);
      const sums = operand(two, device.kernels.reduce('sum', lines, [1], two));
      expect(await at(sums, 0, 2)).toEqual([2, 5]);
      const across = spec([twoTo31 + 3]);
      const downwards = operand(across, device.kernels.reduce('sum', lines, [0], across));
      expect(await at(downwards, 0)).toEqual([1]);
      expect(await at(downwards, twoTo31 + 2)).toEqual([6]);
    }));

  test('rows that are repeated', () =>
    onSparseDevice(async ({ device, make, at }) => {
      const shape = spec([twoTo31 + 9, 3]);
      const x = make(shape.shape, { [lastOf(shape)]: 5 });
      const bias = make([1, 3], { 2: 2 });
      const before = device.counts.launches;
      const y = operand(shape, device.kernels.pointwise('add', [x, bias], [], shape));
      expect(await at(y, lastOf(shape))).toEqual([7]);
      // A launch for as many rows as one can take, not for each.
      expect(device.counts.launches - before).toBeLessThan(20);
      const columns = make([twoTo31 + 9, 1], { [twoTo31 + 8]: 4 });
      const z = operand(shape, device.kernels.pointwise('mul', [y, columns], [], shape));
      expect(await at(z, lastOf(shape))).toEqual([28]);
      const program = {
        inputs: 2,
        rows: [{ name: 'add', operands: [0, 1], scalars: 0 }],
        results: [0],
      } as const;
      const [chained] = device.kernels.pointwiseChain!(program, [x, bias], [], shape);
      expect(await at(operand(shape, chained!), lastOf(shape))).toEqual([7]);
    }));

  test('transpositions, also of rows further apart than 31 bits count', () =>
    onSparseDevice(async ({ device, make, at }) => {
      const wide = [3, twoTo31 + 5] as const;
      const x = make(wide, { 0: 1, [lastOf(spec(wide))]: 5 });
      const tall = spec([twoTo31 + 5, 3]);
      const part = {
        source: x,
        size: tall.shape,
        axis: [1, 0],
        from: [0, 0],
        fromStep: [1, 1],
        to: [0, 0],
        toStep: [1, 1],
        at: {},
      };
      const y = operand(tall, device.kernels.move([part], tall, 0));
      expect(await at(y, 0)).toEqual([1]);
      expect(await at(y, lastOf(tall))).toEqual([5]);
      // To channels last and back.
      const images = spec([1, 3, twoTo31 + 5]);
      const image = operand(images, device.kernels.reshape(x, images));
      expect(await at(image, lastOf(images))).toEqual([5]);
      const back = operand(spec(wide), device.kernels.reshape(image, spec(wide)));
      expect(await at(back, lastOf(back))).toEqual([5]);
    }));

  test('gather and scatter', () =>
    onSparseDevice(async ({ device, make, at }) => {
      const rows = twoTo31 - 1;
      const table = make([rows, 3], { [lastOf(spec([rows, 3]))]: 5 });
      const index = make([2, 3], { 5: rows - 1 }, 'int32');
      const picked = spec([2, 3]);
      const found = operand(picked, device.kernels.gather(table, 0, index, picked));
      expect(await at(found, 5)).toEqual([5]);
      const source = make([2, 3], { 5: 7 });
      const whole = spec([rows, 3]);
      const put = operand(whole, device.kernels.scatter(table, 0, index, source, whole));
      expect(await at(put, lastOf(whole))).toEqual([7]);
      const added = operand(whole, device.kernels.scatterAdd(source, 0, index, whole));
      expect(await at(added, lastOf(whole))).toEqual([7]);
      // As many positions as an index has: one for each.
      const long = make([twoTo31 + 9, 1], { [twoTo31 + 8]: 2 }, 'int32');
      const lines = make([twoTo31 + 9, 3], { [lastOf(spec([twoTo31 + 9, 3]))]: 5 });
      const chosen = operand(long, device.kernels.gather(lines, 1, long, spec(long.shape)));
      expect(await at({ ...chosen, dtype: 'float32' }, twoTo31 + 8)).toEqual([5]);
    }));
});

describe.runIf(hasEmulator)('more lines than 31 bits count', () => {
  const lines = twoTo31 + 9;

  test('softmax and its gradient', () =>
    onSparseDevice(async ({ device, make, at }) => {
      const shape = [lines, 2];
      const end = lastOf(spec(shape));
      const x = make(shape, { [end]: Math.log(3) });
      const y = operand(x, device.kernels.softmax(x, 1, false));
      expect((await at(y, end - 1, 2)).map((value) => value.toFixed(5))).toEqual([
        '0.25000',
        '0.75000',
      ]);
      const dy = make(shape, { [end]: 1 });
      const dx = operand(x, device.kernels.softmaxGrad(y, dy, 1, false));
      expect((await at(dx, end))[0]).toBeCloseTo(0.1875, 5);
      const all = spec([twoTo32 - 1, 1]);
      const each = operand(all, device.kernels.softmax(make(all.shape), 1, false));
      expect(await at(each, lastOf(all))).toEqual([1]);
      const twice = [2 ** 30 + 5, 2, 2];
      const inside = make(twice, { [lastOf(spec(twice))]: Math.log(3) });
      const z = operand(inside, device.kernels.softmax(inside, 2, false));
      expect((await at(z, lastOf(inside)))[0]).toBeCloseTo(0.75, 5);
    }));

  test('cross-entropy and its gradient', () =>
    onSparseDevice(async ({ device, make, at }) => {
      const options = { labelSmoothing: 0, ignoreIndex: -100, reduction: 'none' } as const;
      const logits = make([lines, 2], { [2 * lines - 1]: Math.log(3) });
      const target = make([lines], { [lines - 1]: 1 }, 'int32');
      const [loss, logs, counted] = device.kernels.crossEntropy(logits, target, null, options);
      const losses = operand(spec([lines]), loss);
      expect((await at(losses, lines - 1))[0]).toBeCloseTo(-Math.log(0.75), 5);
      const ones = make([lines], { [lines - 1]: 1 });
      const dx = device.kernels.crossEntropyGrad(
        operand(logits, logs),
        target,
        null,
        operand(spec([]), counted),
        ones,
        options,
      );
      expect((await at(operand(logits, dx), 2 * lines - 1))[0]).toBeCloseTo(-0.25, 5);
    }));

  test('running sums and sorted positions', () =>
    onSparseDevice(async ({ device, make, at }) => {
      const x = make([lines, 2], { [2 * lines - 2]: 3, [2 * lines - 1]: 2 });
      const sums = operand(x, device.kernels.cumsum(x, 1, x));
      expect(await at(sums, 2 * lines - 2, 2)).toEqual([3, 5]);
      const places = spec(x.shape, 'int32');
      const order = operand(places, device.kernels.argsort(x, 1, false, places));
      expect(await at(order, 2 * lines - 2, 2)).toEqual([1, 0]);
    }));

  test('windows of pools, and resampling', () =>
    onSparseDevice(async ({ device, make, at }) => {
      const samples = 2 ** 30 + 1;
      const shape = [samples, 8, 2];
      const x = make(shape, { [lastOf(spec(shape))]: 6 });
      const out = spec([samples, 8, 1]);
      const window = [
        {
          start: Int32Array.of(0),
          end: Int32Array.of(2),
          count: Float32Array.of(2),
          step: 1,
        },
      ];
      const [greatest] = device.kernels.maxPool(x, window, out, false);
      expect(await at(operand(out, greatest!), lastOf(out))).toEqual([6]);
      const mean = operand(out, device.kernels.avgPool(x, window, out));
      expect(await at(mean, lastOf(out))).toEqual([3]);
      const halved = {
        first: Int32Array.of(0, 2),
        index: Int32Array.of(0, 1),
        weight: Float32Array.of(0.5, 0.5),
      };
      const resampled = operand(out, device.kernels.resample(x, [halved], out));
      expect(await at(resampled, lastOf(out))).toEqual([3]);
      const half = 2 ** 29 + 1;
      const dy = make([half, 8, 1], { [lastOf(spec([half, 8, 1]))]: 3 });
      const input = spec([half, 8, 2]);
      const dx = operand(input, device.kernels.avgPoolGrad(dy, window, input));
      expect(await at(dx, lastOf(input))).toEqual([1.5]);
    }));

  test('normalisation, up to what its rows count', () =>
    onSparseDevice(async ({ device, make, at }) => {
      const rows = twoTo31 - 1;
      const x = make([rows, 4], { [4 * rows - 1]: 6 });
      const [mean, variance] = [make([4], { 3: 2 }), make([4], { 3: 4 })];
      const y = device.kernels.batchNormInference(x, null, null, mean, variance, 0);
      expect(await at(operand(x, y), 4 * rows - 1)).toEqual([2]);
      const [trained] = device.kernels.batchNorm(x, null, null, 1, null, null);
      expect((await at(operand(x, trained), 4 * rows - 1))[0]).toBeCloseTo(6, 3);
    }));
});

describe.runIf(hasEmulator)('products and convolutions of as many positions as they count', () => {
  const rows = twoTo31 - 2 ** 17;
  const forms = { a: false, b: false };

  test('a product of many rows', () =>
    onSparseDevice(async ({ device, make, at }) => {
      const a = make([rows, 4], { [4 * rows - 1]: 3 });
      const b = make([4, 8], { 31: 2 });
      const out = spec([rows, 8]);
      const y = operand(out, device.kernels.matmul(a, b, null, forms, out));
      expect(await at(y, lastOf(out))).toEqual([6]);
    }));

  test('a product of many columns', () =>
    onSparseDevice(async ({ device, make, at }) => {
      const a = make([2, 4], { 7: 3 });
      const b = make([4, rows], { [4 * rows - 1]: 2 });
      const out = spec([2, rows]);
      const y = operand(out, device.kernels.matmul(a, b, null, forms, out));
      expect(await at(y, lastOf(out))).toEqual([6]);
    }));

  const geometry = (groups: number) => ({
    stride: [1],
    padBegin: [1],
    padEnd: [1],
    dilation: [1],
    groups,
  });

  test.each([
    ['of tiles', 1, 2 ** 23 - 2 ** 17],
    ['depthwise', 4, 2 ** 23 - 2 ** 17],
    ['element by element', 1, 2 ** 23],
  ] as const)('a convolution %s', (_, groups, samples) =>
    onSparseDevice(async ({ device, make, at }) => {
      const shape = [samples, 4, 256];
      const x = make(shape, { [lastOf(spec(shape))]: 3, 0: 5 });
      // Weights of the last output for the tap in the middle, all channels; and of the first output.
      const perGroup = 4 / groups;
      const elements = 4 * perGroup * 3;
      const middle = (output: number, channel: number) => (output * 3 + 1) * perGroup + channel;
      const weight = make([4, perGroup, 3], {
        [middle(3, perGroup - 1)]: 2,
        [middle(0, 0)]: 4,
      });
      expect(lastOf(weight)).toBe(elements - 1);
      const out = spec(shape);
      const y = operand(out, device.kernels.conv(x, weight, null, geometry(groups), out));
      expect(await at(y, lastOf(out))).toEqual([6]);
      expect(await at(y, 0)).toEqual([20]);
      const dx = operand(out, device.kernels.convInputGrad(x, weight, geometry(groups), out));
      expect(await at(dx, lastOf(out))).toEqual([6]);
      expect(await at(dx, 0)).toEqual([20]);
    }),
  );
});

describe.runIf(hasEmulator)('what no kernel counts is refused, with its name', () => {
  test('rows, positions and lines', () =>
    onSparseDevice(async ({ device, make }) => {
      const { kernels } = device;
      const refused = (run: () => unknown, what: RegExp): void => {
        expect(run).toThrow(KernelSizeError);
        expect(run).toThrow(what);
      };
      const rows = make([twoTo31, 2]);
      const forms = { a: false, b: false };
      refused(
        () => kernels.matmul(rows, make([2, 2]), null, forms, spec([twoTo31, 2])),
        /matmul of 2147483648 rows: its kernels count up to 2147418111/,
      );
      const turned = { a: true, b: false };
      refused(
        () => kernels.matmul(rows, rows, null, turned, spec([2, 2])),
        /matmul of 2147483648 terms/,
      );
      refused(
        () => kernels.batchNorm(rows, null, null, 1, null, null),
        /batchNorm of 2147483648 rows/,
      );
      const line = make([twoTo31]);
      refused(
        () => kernels.argsort(line, 0, false, spec([twoTo31], 'int32')),
        /argsort of 2147483648 elements of a line/,
      );
      refused(
        () => kernels.reduce('argmax', line, [0], spec([], 'int32')),
        /argmax.* 2147483648 terms/,
      );
      const wide = make([2, twoTo31 + 1]);
      const one = make([1, 1], {}, 'int32');
      refused(
        () => kernels.gather(wide, 0, one, spec([1, 1])),
        /gather of 2147483649 elements between neighbours/,
      );
      const pooled = make([twoTo31, 1, 2]);
      const window = [
        { start: Int32Array.of(0), end: Int32Array.of(1), count: Float32Array.of(1), step: 1 },
      ];
      const out = spec([twoTo32 + 1, 1, 1]);
      refused(() => kernels.avgPool(pooled, window, out), /pool of 4294967297 elements/);
      refused(() => kernels.softmax(make([twoTo32, 1]), 1, false), /softmax of 4294967296 lines/);
      // The device goes on.
      const { at } = { at: make([2], { 1: 4 }) };
      expect(Array.from((await device.backend.read(at)) as Float32Array)).toEqual([0, 4]);
    }));
});
