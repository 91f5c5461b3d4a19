import type { RandomStream } from './random-stream.ts';

/**
 * From the gamma distribution of shape `shape` and scale 1: G. Marsaglia, W. Tsang, "A Simple Method for Generating Gamma
 * Variables", 2000; below 1 by its section 8.
 */
export function gamma(shape: number, random: RandomStream): number {
  if (shape < 1) return gamma(shape + 1, random) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const [x] = random.normals();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.uniform();
    if (Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}
