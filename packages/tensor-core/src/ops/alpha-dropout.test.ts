import { expect, test } from 'vitest';

import {
  alphaDropout,
  ArgumentError,
  featureAlphaDropout,
  Generator,
  mean,
  ones,
  randn,
  ShapeError,
  sum,
  tensor,
  variance,
} from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();
const training = (seed: number): { training: true; generator: Generator } => ({
  training: true,
  generator: new Generator(seed),
});

// What torch.nn.functional.alpha_dropout of PyTorch 1.13.1 makes of -1, 0 and 2: dropped, kept or the other way round.
test.each([
  [
    0.3,
    [
      [-1.0595483, -0.4068606],
      [-1.0595483, 0.4540921],
      [-1.0595483, 2.1759973],
    ],
  ],
  [
    0.7,
    [
      [-0.5413904, 0.2367752],
      [-0.5413904, 1.2632443],
      [-0.5413904, 3.3161826],
    ],
  ],
] as const)('alphaDropout by %s gives the numbers of PyTorch', async (p, expected) => {
  const x = tensor(
    Array.from({ length: 64 }, () => [-1, 0, 2]),
    { device },
  );
  const y = await alphaDropout(x, p, training(1)).data();
  expected.forEach((values, column) => {
    const found = [...new Set(y.filter((_, i) => i % 3 === column))].sort((a, b) => a - b);
    expect(found).toHaveLength(2);
    values.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 6));
  });
});

test('alphaDropout keeps mean 0 and variance 1, and drops as often as it says', async () => {
  const x = randn([200, 500], { device, generator: new Generator(2) });
  const y = alphaDropout(x, 0.25, training(3));
  expect(await mean(y).item()).toBeCloseTo(0, 1);
  expect(await variance(y).item()).toBeCloseTo(1, 1);
  const values = await y.data();
  const lowest = Math.min(
    ...(await alphaDropout(ones([50], { device }), 0.25, training(3)).data()),
  );
  const dropped = values.filter((value) => Math.abs(value - lowest) < 1e-6).length;
  expect(dropped / values.length).toBeCloseTo(0.25, 2);
});

test('the gradient of what is dropped is 0, of what is kept the scale', async () => {
  const x = ones([100], { device });
  x.requiresGrad = true;
  sum(alphaDropout(x, 0.5, training(4))).backward();
  const scale = 1 / Math.sqrt((1.7580993408473766 ** 2 * 0.5 + 1) * 0.5);
  const slopes = [...new Set(await x.grad!.data())].sort((a, b) => a - b);
  expect(slopes[0]).toBe(0);
  expect(slopes[1]).toBeCloseTo(scale, 6);
});

test('featureAlphaDropout treats the elements of a channel alike', async () => {
  const y = await featureAlphaDropout(ones([4, 8, 3, 2], { device }), 0.5, training(5)).data();
  const channels = Array.from({ length: 32 }, (_, c) => y.subarray(6 * c, 6 * c + 6));
  expect(channels.every((channel) => channel.every((value) => value === channel[0]))).toBe(true);
  expect(new Set(y).size).toBe(2);
});

test('without training, or by 0, the input comes back; by 1 nothing is left', async () => {
  const x = ones([3, 2], { device });
  expect(alphaDropout(x, 0.5)).toBe(x);
  expect(featureAlphaDropout(x, 0, training(0))).toBe(x);
  expect([...(await alphaDropout(x, 1, training(0)).data())]).toEqual([0, 0, 0, 0, 0, 0]);
});

test('what has no channels, and what is no probability, is refused', () => {
  expect(() => featureAlphaDropout(ones([3], { device }))).toThrow(ShapeError);
  expect(() => alphaDropout(ones([3], { device }), 1.1)).toThrow(ArgumentError);
});
