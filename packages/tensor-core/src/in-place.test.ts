import { describe, expect, test } from 'vitest';

import {
  assign,
  AutogradError,
  batchNorm,
  blend,
  cast,
  DeviceError,
  DTypeError,
  instanceNorm,
  meta,
  mul,
  noGrad,
  ones,
  ReleasedTensorError,
  sgdStep,
  ShapeError,
  square,
  sum,
  tensor,
  zeros,
  type Device,
  type Tensor,
} from './index.ts';
import { reference } from './reference/index.ts';

const [here, there] = [reference(), reference()];
const threes = (device: Device): Tensor => tensor([3, 3], { device });
const x = tensor([1, 2, 3, 4], [2, 2, 1], { device: here });

/** What writes into a tensor given the one to write and another one, which is on the other device. */
const writers: readonly (readonly [string, (target: Tensor, other: Tensor) => void])[] = [
  ['assign', (target, other) => assign(target, other)],
  ['blend', (target, other) => blend(target, other, 0.5, 0.5)],
  [
    'an optimiser step',
    (target, other) =>
      sgdStep(
        target,
        other,
        null,
        {
          momentum: 0,
          dampening: 0,
          weightDecay: 0,
          nesterov: false,
          maximize: false,
          first: true,
        },
        1,
      ),
  ],
  ['both running statistics', (target, other) => train(target, other)],
  ['one running statistic', (target) => train(target.device === here ? null : target, null)],
  [
    'the counter of batches',
    (target, other) => {
      const [weight, bias] = [null, null];
      const state = { weight, bias, runningMean: target, runningVar: target.detach() };
      const batchesTracked = zeros([], { device: other.device, dtype: 'int32' });
      for (const momentum of [0.1, null]) {
        const options = { training: true, momentum };
        const train = () => batchNorm(x, { ...state, batchesTracked }, options);
        expect(train).toThrow(DeviceError);
      }
      batchNorm(x, { ...state, batchesTracked }, { training: true });
    },
  ],
  [
    'the statistics of instance norm',
    (target, other) => {
      const state = { weight: null, bias: null, runningMean: target, runningVar: other };
      instanceNorm(tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2], { device: here }), state);
    },
  ],
  [
    'a gradient',
    (target, other) => {
      target.grad = other;
    },
  ],
];

function train(runningMean: Tensor | null, runningVar: Tensor | null): void {
  batchNorm(x, { weight: null, bias: null, runningMean, runningVar }, { training: true });
}

describe('what writes in place', () => {
  test.each(writers)(
    '%s: refuses operands on two devices and changes nothing',
    async (_, write) => {
      for (const [one, other] of [
        [here, there],
        [there, here],
      ] as const) {
        const [target, source] = [threes(one), ones([2], { device: other })];
        if (_ === 'one running statistic' && one === here) continue;
        expect(() => write(target, source)).toThrow(DeviceError);
        expect([...(await target.data()), ...(await source.data())]).toEqual([3, 3, 1, 1]);
        expect([target.storage.version, source.storage.version]).toEqual([0, 0]);
      }
    },
  );

  test.each(writers.slice(0, 3))('%s: refuses a tensor that is gone', (_, write) => {
    const [target, source] = [threes(here), ones([2], { device: here })];
    source.dispose();
    expect(() => write(target, source)).toThrow(ReleasedTensorError);
    const late = threes(here);
    late.dispose();
    expect(() => write(late, ones([2], { device: here }))).toThrow(ReleasedTensorError);
  });

  test('raises the version of what is written, and of nothing else', () => {
    const [a, b] = [threes(here), threes(here)];
    blend(a, b, 1, 1);
    expect([a, b].map((t) => t.storage.version)).toEqual([1, 0]);
    train(a, b);
    expect([a, b].map((t) => t.storage.version)).toEqual([2, 1]);
  });

  test('assigning a tensor to itself writes nothing', async () => {
    const target = threes(here);
    assign(target, target);
    assign(target, target.detach());
    expect(target.storage.version).toBe(0);
    expect([...(await target.data())]).toEqual([3, 3]);
  });

  test('takes one shape and type only', () => {
    const target = threes(here);
    expect(() => blend(target, zeros([3], { device: here }), 1, 1)).toThrow(ShapeError);
    expect(() => blend(target, zeros([2], { device: here, dtype: 'int32' }), 1, 1)).toThrow(
      DTypeError,
    );
    const half = cast(target, 'float16');
    expect(() => blend(half, half.detach(), 1, 1)).toThrow('float16 is copied but not computed');
  });

  test('does nothing on the meta device', () => {
    const nothing = zeros([2], { device: meta });
    assign(nothing, zeros([2], { device: meta }));
    expect(nothing.isReleased).toBe(false);
  });
});

describe('a gradient', () => {
  test('has the shape, the type and the device of its tensor', () => {
    const target = threes(here);
    const give = (gradient: Tensor) => () => {
      target.grad = gradient;
    };
    expect(give(zeros([3], { device: here }))).toThrow(ShapeError);
    expect(give(zeros([2], { device: here, dtype: 'float64' }))).toThrow(DTypeError);
    expect(give(zeros([2], { device: there }))).toThrow(DeviceError);
    expect(target.grad).toBeNull();
  });

  test('does not reach a leaf that has moved since the forward pass', async () => {
    const [moved, other] = [threes(here), threes(here)];
    for (const leaf of [moved, other]) leaf.requiresGrad = true;
    sum(mul(moved, other)).backward();
    const loss = sum(mul(square(moved), other));
    moved.replaceWith(tensor([1, 1], { device: there }));
    expect(moved.grad).toBeNull();
    expect(() => loss.backward()).toThrow('which has moved since the forward pass');
    expect([...(await other.grad!.data())]).toEqual([3, 3]);
    expect(moved.grad).toBeNull();
  });
});

describe('new values for a tensor', () => {
  test('have its shape and type', () => {
    const target = threes(here);
    expect(() => target.replaceWith(zeros([1], { device: here }))).toThrow(ShapeError);
    expect(() => target.replaceWith(zeros([2], { device: here, dtype: 'int32' }))).toThrow(
      DTypeError,
    );
  });

  test('may be exchanged on one device', async () => {
    const [a, b] = [threes(here), ones([2], { device: here })];
    a.exchangeWith(b);
    expect([...(await a.data()), ...(await b.data())]).toEqual([1, 1, 3, 3]);
    expect(() => a.exchangeWith(threes(there))).toThrow(DeviceError);
  });
});

describe('what gradients flow through', () => {
  const writes = {
    assign: (target: Tensor, source: Tensor): void => assign(target, source),
    blend: (target: Tensor, source: Tensor): void => blend(target, source, 1, 1),
  };

  test.each(Object.entries(writes))(
    'is not written by %s but without gradients',
    async (_, write) => {
      const leaf = threes(here);
      leaf.requiresGrad = true;
      const computed = mul(leaf, 2);
      expect(() => write(computed, threes(here))).toThrow(AutogradError);
      expect(() => write(computed, threes(here))).toThrow('no gradient flows through');
      expect([...(await computed.data())]).toEqual([6, 6]);
      noGrad(() => write(computed, threes(here)));
      write(computed.detach(), threes(here));
      write(leaf, threes(here));
    },
  );
});
