/** Where to look at a function on [0, 1], and with which weights to add up what is seen. */
export interface Quadrature {
  readonly positions: readonly number[];
  readonly weights: readonly number[];
}

/**
 * The Gauss–Legendre rule of n points on [0, 1], exact for polynomials up to degree 2n - 1: the roots of the Legendre
 * polynomial by Newton's method (Abramowitz and Stegun, 25.4.30).
 */
export function gaussLegendre(n: number): Quadrature {
  const positions: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < n; i++) {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let round = 0; round < 100; round++) {
      const { value, derivative } = legendre(n, x);
      slope = derivative;
      const step = value / derivative;
      x -= step;
      if (Math.abs(step) < 1e-15) break;
    }
    positions.push((x + 1) / 2);
    weights.push(1 / ((1 - x * x) * slope * slope));
  }
  return { positions, weights };
}

function legendre(n: number, x: number): { value: number; derivative: number } {
  let before = 1;
  let value = x;
  for (let k = 2; k <= n; k++) {
    [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
  }
  return { value, derivative: (n * (x * value - before)) / (x * x - 1) };
}
