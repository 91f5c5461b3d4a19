import { expect, test } from 'vitest';

import {
  ArgumentError,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  DTypeError,
  huberLoss,
  IndexRangeError,
  klDiv,
  l1Loss,
  log,
  clamp,
  logSoftmax,
  marginLoss,
  mseLoss,
  nllLoss,
  ShapeError,
  sigmoid,
  sigmoidFocalLoss,
  smoothL1Loss,
  tensor,
  zeros,
  type Reduction,
  type Tensor,
} from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();
const x = tensor(
  [
    [0.2, -1.5, 3],
    [0.7, 2, -0.4],
  ],
  { device },
);
const target = tensor(
  [
    [0, 1, 1],
    [0, 1, 0],
  ],
  { device },
);
const shares = tensor(
  [
    [0.5, 0.5, 0],
    [0.1, 0.2, 0.7],
  ],
  { device },
);
const labels = (values: number[]): Tensor =>
  tensor(values, [values.length], { device, dtype: 'int32' });
const weights = tensor([1, 2, 3], { device });

// Expected values are those of torch.nn.functional, and of torchvision for the focal loss.
test.each<[string, () => Tensor, number]>([
  ['l1Loss', () => l1Loss(x, target), 1.1333333],
  ['smoothL1Loss', () => smoothL1Loss(x, target, { beta: 0.5 }), 0.9],
  ['huberLoss', () => huberLoss(x, target, { delta: 0.5 }), 0.45],
  ['binaryCrossEntropy', () => binaryCrossEntropy(sigmoid(x), target), 0.7152114],
  [
    'binaryCrossEntropyWithLogits',
    () => binaryCrossEntropyWithLogits(x, target, { posWeight: weights }),
    1.0361309,
  ],
  ['sigmoidFocalLoss', () => sigmoidFocalLoss(x, target), 0.1495233],
  ['klDiv', () => klDiv(logSoftmax(x, 1), shares, { reduction: 'batchmean' }), 2.172178],
  [
    'klDiv of a logarithmic target',
    () => {
      const logs = log(clamp(shares, 1e-3, 1));
      return klDiv(logSoftmax(x, 1), logs, { logTarget: true, reduction: 'sum' });
    },
    4.3375177,
  ],
  ['nllLoss', () => nllLoss(logSoftmax(x, 1), labels([2, 0]), { weight: weights }), 0.4545557],
  [
    'nllLoss with an ignored target',
    () => nllLoss(logSoftmax(x, 1), labels([2, -1]), { weight: weights, ignoreIndex: -1 }),
    0.0694506,
  ],
])('%s', async (_, loss, expected) => {
  expect(await loss().item()).toBeCloseTo(expected, 6);
});

test('the margin loss of the paper, by hand', async () => {
  const lengths = tensor([[0.8, 0.3, 0.05]], { device });
  const loss = await marginLoss(lengths, labels([0])).item();
  expect(loss).toBeCloseTo(0.1 ** 2 + 0.5 * 0.2 ** 2, 6);
});

test('binaryCrossEntropy stays finite at 0 and 1, and logits do where their sigmoid is', async () => {
  const p = tensor([0, 1, 0, 1], [4], { device, requiresGrad: true });
  const t = tensor([0, 0, 1, 1], [4], { device });
  const losses = binaryCrossEntropy(p, t, { reduction: 'none' });
  expect([...(await losses.data())].map(Math.abs)).toEqual([0, 100, 100, 0]);
  losses.backward(tensor([1, 1, 1, 1], [4], { device }));
  expect([...(await p.grad!.data())].every(Number.isFinite)).toBe(true);
  const far = tensor([-200, 200], [2], { device });
  const hit = binaryCrossEntropyWithLogits(far, tensor([1, 1], [2], { device }), {
    reduction: 'none',
  });
  expect([...(await hit.data())]).toEqual([200, 0]);
});

test('losses refuse targets and options that do not fit', () => {
  const wide = zeros([2, 4], { device });
  expect(() => mseLoss(x, wide)).toThrow('mseLoss: expected a target [2, 3], got [2, 4]');
  expect(() => l1Loss(labels([1]), labels([1]))).toThrow(DTypeError);
  expect(() => huberLoss(x, target, { delta: 0 })).toThrow(ArgumentError);
  expect(() => smoothL1Loss(x, target, { beta: NaN })).toThrow(ArgumentError);
  expect(() => binaryCrossEntropy(x, target, { weight: wide })).toThrow(ShapeError);
  expect(() => mseLoss(x, target, { reduction: 'average' as Reduction })).toThrow(
    "mseLoss: expected reduction as one of 'mean', 'sum', 'none', got 'average'",
  );
  expect(() => crossEntropy(x, labels([0, 1]), { ignoreIndex: 0.5 })).toThrow(ArgumentError);
  expect(() => nllLoss(x, labels([0]))).toThrow('nllLoss of [2, 3]: expected targets [2], got [1]');
  expect(() => nllLoss(x, labels([0, 3]))).toThrow(IndexRangeError);
  expect(() => marginLoss(x, labels([0, 3]))).toThrow(IndexRangeError);
});
