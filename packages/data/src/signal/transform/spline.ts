/**
 * The natural cubic spline through points (W. Press et al., "Numerical Recipes", section 3.3).
 *
 * @param xs ascending.
 */
export function cubicSpline(xs: readonly number[], ys: readonly number[]): (x: number) => number {
  const count = xs.length;
  const second = new Float64Array(count);
  const rest = new Float64Array(count);
  for (let i = 1; i < count - 1; i++) {
    const share = (xs[i]! - xs[i - 1]!) / (xs[i + 1]! - xs[i - 1]!);
    const pivot = share * second[i - 1]! + 2;
    second[i] = (share - 1) / pivot;
    const bend =
      (ys[i + 1]! - ys[i]!) / (xs[i + 1]! - xs[i]!) - (ys[i]! - ys[i - 1]!) / (xs[i]! - xs[i - 1]!);
    rest[i] = ((6 * bend) / (xs[i + 1]! - xs[i - 1]!) - share * rest[i - 1]!) / pivot;
  }
  second[count - 1] = 0;
  for (let i = count - 2; i >= 0; i--) second[i] = second[i]! * second[i + 1]! + rest[i]!;
  return (x) => {
    let i = 0;
    while (i < count - 2 && xs[i + 1]! < x) i++;
    const width = xs[i + 1]! - xs[i]!;
    const a = (xs[i + 1]! - x) / width;
    const b = 1 - a;
    return (
      a * ys[i]! +
      b * ys[i + 1]! +
      (((a ** 3 - a) * second[i]! + (b ** 3 - b) * second[i + 1]!) * width * width) / 6
    );
  };
}
