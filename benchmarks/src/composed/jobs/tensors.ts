import {
  add,
  assign,
  avgPool,
  capture,
  cast,
  concat,
  conv,
  keep,
  matmul,
  max,
  maxPool,
  mean,
  mul,
  noGrad,
  ones,
  permute,
  reshape,
  scope,
  slice,
  softmax,
  square,
  sub,
  sum,
  tensor,
  zeros,
  type Tensor,
} from '@convnet/tensor-core';

import { leaf, values, type Job } from './support.ts';

/** Scopes, reads, gradients and shapes at their ends. */
export const tensorJobs: Readonly<Record<string, Job>> = {
  'scopes in scopes': async (device, { same }) => {
    const kept = scope(() => {
      const a = ones([3], { device });
      const inner = scope(() => {
        const b = add(a, 1);
        scope(() => mul(b, 100));
        return { deep: [mul(b, 2)] };
      });
      return add(inner.deep[0]!, a);
    });
    await same('value', kept, [5, 5, 5]);
  },

  'a scope that throws gives back what it made': async (device, { same, refuses }) => {
    const before = device.liveBuffers;
    await refuses(
      'the error',
      () => scope(() => matmul(ones([2, 3], { device }), ones([2, 3], { device }))),
      'matmul',
    );
    await same('buffers', device.liveBuffers, before);
  },

  'asynchronous scopes side by side': async (device, { same }) => {
    const work = async (factor: number): Promise<number> =>
      scope(async () => {
        const a = mul(ones([4], { device }), factor);
        await a.data();
        const b = add(a, 1);
        await Promise.resolve();
        return keep(sum(b)).item();
      });
    await same('sums', await Promise.all([work(1), work(2), work(3)]), [8, 12, 16]);
  },

  'dispose while values are read': async (device, { same }) => {
    const t = values([1000], device);
    const expected = [...(await t.data())];
    const reading = mul(t, 2);
    const read = reading.data();
    reading.dispose();
    // What comes next takes its memory.
    const next = Array.from({ length: 4 }, () => zeros([1000], { device }));
    await same(
      'values',
      [...(await read)],
      expected.map((v) => 2 * v),
    );
    for (const one of next) one.dispose();
  },

  'changing types': async (device, { same, refuses }) => {
    const step = capture((x: Tensor) => add(x, 1));
    const x = values([5], device);
    for (let i = 0; i < 3; i++) step(x);
    await refuses(
      'int32',
      () => step(tensor([1, 2, 3, 4, 5], [5], { device, dtype: 'int32' })),
      'int32',
    );
    await same('again', step(x), add(x, 1));
    const half = cast(x, 'float16');
    await same('float16 and back', cast(cast(half, 'float32'), 'float16'), half);
    await same(
      'int of negative',
      cast(tensor([-1.5, 2.5, -0.5], [3], { device }), 'int32'),
      [-1, 2, 0],
    );
    step.dispose();
  },

  'rank 0': async (device, { same }) => {
    const s = tensor([3], [], { device });
    s.requiresGrad = true;
    const y = sum(mul(square(s), 2));
    y.backward();
    await same('gradient', s.grad!, 12);
    await same('mean', mean(s), 3);
    await same('max', max(s), 3);
    await same('reshape', reshape(s, [1, 1, 1]), [3]);
    await same('permute', permute(s, []), 3);
    await same('broadcast', add(s, ones([2, 2], { device })), [4, 4, 4, 4]);
    const step = capture((x: Tensor) => mul(x, x));
    for (let i = 1; i < 4; i++)
      await same(`captured ${i}`, step(tensor([i], [], { device })), i * i);
    step.dispose();
  },

  'extents of 0': async (device, { same }) => {
    await same(
      'product over none',
      matmul(zeros([2, 0], { device }), zeros([0, 3], { device })),
      [0, 0, 0, 0, 0, 0],
    );
    await same('sum over none', sum(zeros([2, 0], { device }), 1), [0, 0]);
    await same(
      'concat',
      concat([zeros([0, 3], { device }), ones([1, 3], { device })], 0),
      [1, 1, 1],
    );
    await same('softmax', softmax(zeros([2, 0], { device }), 1), []);
    await same('slice', slice(ones([4], { device }), 0, 2, 2), []);
    const a = zeros([2, 0], { device });
    const b = zeros([0, 3], { device });
    a.requiresGrad = b.requiresGrad = true;
    sum(matmul(a, b)).backward();
    await same('gradients', [a.grad!.size, b.grad!.size], [0, 0]);
  },

  'huge strides': async (device, { same }) => {
    const x = values([1, 1, 9], device);
    const w = values([1, 1, 3], device, 'w');
    const first = conv(slice(x, 2, 0, 3), w, null);
    for (const stride of [100, 2 ** 20, 2 ** 31 - 1]) {
      await same(`conv ${stride}`, conv(x, w, null, { stride }), first);
      await same(`pool ${stride}`, maxPool(x, 3, { stride }), max(slice(x, 2, 0, 3)));
      await same(`average ${stride}`, avgPool(x, 3, { stride }), mean(slice(x, 2, 0, 3)));
      await same(`slice ${stride}`, slice(x, 2, 0, undefined, stride), slice(x, 2, 0, 1));
      const leafOf = leaf(x);
      sum(conv(leafOf, w, null, { stride })).backward();
      await same(`gradient ${stride}`, sum(leafOf.grad!), sum(w));
    }
  },

  'backward twice, and without gradients': async (device, { refuses, same }) => {
    const x = leaf(values([4], device));
    const y = sum(square(x));
    y.backward();
    await refuses('again', () => y.backward(), '');
    const z = noGrad(() => sum(square(x)));
    await refuses('without', () => z.backward(), '');
    await same('gradient', x.grad!, mul(x, 2).detach());
  },

  'written between forward and backward': async (device, { refuses }) => {
    const x = leaf(values([4], device));
    const w = values([4], device, 'w');
    const y = sum(square(mul(x, w)));
    noGrad(() => assign(w, zeros([4], { device })));
    await refuses('backward', () => y.backward(), '');
  },

  'a loop over views of one tensor': async (device, { same }) => {
    const x = leaf(values([6, 4], device));
    const rows = Array.from({ length: 6 }, (_, i) => reshape(slice(x, 0, i, i + 1), [4]));
    const y = rows.reduce((a, b) => add(mul(a, 0.5), b));
    sum(square(sub(y, concat([y], 0)))).backward();
    await same('nothing left', x.grad!, zeros([6, 4], { device }));
  },

  'many reads at once, out of order': async (device, { same }) => {
    const x = values([64], device);
    const expected = [...(await x.data())];
    const reads = Array.from({ length: 40 }, (_, i) => {
      const y = mul(x, i);
      const read = y.data();
      if (i % 3 === 0) y.dispose();
      return read;
    });
    for (let i = 39; i >= 0; i--)
      await same(
        `read ${i}`,
        [...(await reads[i]!)],
        expected.map((v) => Math.fround(v * i)),
      );
  },

  'a gradient that is written, kept and given away': async (device, { same }) => {
    const x = leaf(values([8], device));
    sum(square(x)).backward();
    const held = x.grad!;
    const copy = [...(await held.data())];
    sum(square(x)).backward();
    await same(
      'accumulated',
      x.grad!,
      copy.map((v) => 2 * v),
    );
    x.grad = null;
    x.grad = ones([8], { device });
    sum(x).backward();
    await same(
      'added to what was given',
      x.grad,
      Array.from({ length: 8 }, () => 2),
    );
  },

  'tensors that are elements of themselves': async (device, { same, refuses }) => {
    const x = leaf(values([4], device));
    await same('concat', concat([x, x, x], 0), [
      ...(await x.data()),
      ...(await x.data()),
      ...(await x.data()),
    ]);
    sum(mul(concat([x, x], 0), concat([x, x], 0))).backward();
    await same('gradient', x.grad!, mul(x, 4).detach());
    const y = mul(x, 2);
    await refuses(
      'writing what a gradient flows through',
      () => assign(y, ones([4], { device })),
      'no gradient',
    );
    noGrad(() => assign(y, ones([4], { device })));
    const w = values([4], device);
    noGrad(() => assign(w, add(w, w)));
    await same('assign', w, mul(values([4], device), 2));
  },
};
