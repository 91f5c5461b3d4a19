import { replaceHead, summary } from '@convnet/layers';
import { reference } from '@convnet/tensor-core/reference';
import { ArgumentError, inferShapes, randn, ShapeError, tensor } from '@convnet/tensor-core';
import { describeShapes, evalShape, familyOf } from '@convnet/model-testing';
import { describe, expect, test } from 'vitest';

import * as capsnets from './index.ts';

const { capsnet } = capsnets;

describeShapes(familyOf(import.meta.dirname, capsnets));

/** Narrow enough for the reference device. */
const narrow = { convChannels: 8, primaryCapsules: 2, numClasses: 3, inputSize: 20 } as const;

describe('CapsNet', () => {
  test('has a new head where the old one was, and draws from its capsules', async () => {
    const device = reference();
    const model = capsnet({ ...narrow, device });
    const live = device.liveBuffers;
    expect(replaceHead(model, 5)).toEqual(['class_capsules', 'decoder.0']);
    expect(device.liveBuffers).toBe(live);
    const output = model.forward(randn([2, 1, 20, 20], { device }));
    if (!('capsules' in output)) throw new TypeError('expected capsules in training');
    expect(output.logits.shape).toEqual([2, 5]);
    expect(Array.from(await output.logits.data()).every((length) => length > 0)).toBe(true);
    expect(model.reconstruct(output.capsules).shape).toEqual([2, 1, 20, 20]);
  });

  test('has 6.8 M parameters without its decoder', () => {
    expect(summary(capsnet({ reconstruction: false }), [1, 1, 28, 28]).parameters).toBe(6_804_224);
  });

  test.each([1, 2] as const)(
    'in %iD gives capsules shorter than 1, and draws from them',
    async (dims) => {
      const device = reference();
      const model = capsnet({ ...narrow, dims, device });
      const extents = Array.from({ length: dims }, () => 20);
      const output = model.forward(randn([2, 1, ...extents], { device }));
      if (!('capsules' in output)) throw new TypeError('expected capsules in training');
      const { logits, capsules } = output;
      expect(capsules.shape).toEqual([2, 3, 16]);
      const lengths = await logits.data();
      expect(lengths).toHaveLength(6);
      expect(lengths.every((length) => length > 0 && length < 1)).toBe(true);
      const longest = [0, 1].map((n) => {
        const own = lengths.slice(3 * n, 3 * n + 3);
        return own.indexOf(Math.max(...own));
      });
      const labels = tensor(longest, [2], { device, dtype: 'int32' });
      const drawn = model.reconstruct(capsules, labels);
      expect(drawn.shape).toEqual([2, 1, ...extents]);
      expect(await drawn.data()).toEqual(await model.reconstruct(capsules).data());
      const others = tensor(
        longest.map((label) => (label + 1) % 3),
        [2],
        { device, dtype: 'int32' },
      );
      expect(await model.reconstruct(capsules, others).data()).not.toEqual(await drawn.data());
    },
  );

  test('without a decoder gives lengths in training, and draws nothing', () => {
    const model = capsnet({ ...narrow, reconstruction: false });
    const { shape } = inferShapes(() =>
      model.forward(randn([2, 1, 20, 20], { device: reference() })),
    );
    expect(shape).toEqual([2, 3]);
    expect(() => model.reconstruct(randn([2, 3, 16], { device: reference() }))).toThrow(
      ArgumentError,
    );
  });

  test('one round of routing is the mean of the predictions', async () => {
    const device = reference();
    const once = capsnet({ ...narrow, dims: 1, routingIterations: 1, device }).eval();
    const thrice = capsnet({ ...narrow, dims: 1, device }).eval();
    await thrice.loadStateDict(once.stateDict());
    const x = randn([1, 1, 20], { device });
    const [a, b] = [once.forward(x), thrice.forward(x)];
    if ('capsules' in a || 'capsules' in b) throw new TypeError('expected lengths');
    // Routing to what agrees lengthens the capsule that most agree on.
    expect(Math.max(...(await b.data()))).toBeGreaterThan(Math.max(...(await a.data())));
  });

  test('refuses no rounds, and inputs of another size than it was built for', () => {
    expect(() => capsnet({ routingIterations: 0 })).toThrow(ArgumentError);
    expect(() => evalShape(capsnet(), [1, 1, 32, 32])).toThrow(ShapeError);
    expect(() => evalShape(capsnet(), [1, 1, 32, 32])).toThrow(
      'capsnet: expected input [N, 1, 28, 28], got [1, 1, 32, 32]; set inputSize',
    );
  });
});
