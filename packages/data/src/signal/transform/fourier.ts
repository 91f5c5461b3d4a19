/** The discrete Fourier transform of one length, prepared once (J. Cooley, J. Tukey, 1965, for any factors). */
export class FourierTransform {
  readonly size: number;
  readonly #factors: readonly number[];
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  readonly #part: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.#factors = factorsOf(size);
    this.#cos = Float64Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.#sin = Float64Array.from({ length: size }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
    this.#re = new Float64Array(size);
    this.#im = new Float64Array(size);
    this.#part = new Float64Array(2 * Math.max(1, ...this.#factors));
  }

  /** Squares of the magnitudes of the frequencies 0 … size / 2 of a real signal, to the front of `out`. */
  power(signal: Float64Array, out: Float64Array): void {
    this.#transform(signal, 0, 1, this.size, 0, 0);
    const half = Math.floor(this.size / 2) + 1;
    for (let k = 0; k < half; k++) out[k] = this.#re[k]! ** 2 + this.#im[k]! ** 2;
  }

  /** Transforms every `stride`-th element from `from` on, `count` of them, to place `to`. */
  #transform(
    signal: Float64Array,
    from: number,
    stride: number,
    count: number,
    to: number,
    depth: number,
  ): void {
    const re = this.#re;
    const im = this.#im;
    if (count === 1) {
      re[to] = signal[from]!;
      im[to] = 0;
      return;
    }
    const factor = this.#factors[depth]!;
    const length = count / factor;
    for (let j = 0; j < factor; j++) {
      this.#transform(
        signal,
        from + j * stride,
        stride * factor,
        length,
        to + j * length,
        depth + 1,
      );
    }
    const cos = this.#cos;
    const sin = this.#sin;
    const part = this.#part;
    // Angles are multiples of a full turn over `size`.
    const unit = this.size / count;
    for (let k = 0; k < length; k++) {
      for (let j = 0; j < factor; j++) {
        const at = to + j * length + k;
        const turn = unit * j * k;
        part[2 * j] = re[at]! * cos[turn]! - im[at]! * sin[turn]!;
        part[2 * j + 1] = re[at]! * sin[turn]! + im[at]! * cos[turn]!;
      }
      for (let q = 0; q < factor; q++) {
        let sumRe = 0;
        let sumIm = 0;
        for (let j = 0; j < factor; j++) {
          const turn = (unit * length * j * q) % this.size;
          sumRe += part[2 * j]! * cos[turn]! - part[2 * j + 1]! * sin[turn]!;
          sumIm += part[2 * j]! * sin[turn]! + part[2 * j + 1]! * cos[turn]!;
        }
        re[to + q * length + k] = sumRe;
        im[to + q * length + k] = sumIm;
      }
    }
  }
}

function factorsOf(size: number): number[] {
  const factors: number[] = [];
  let rest = size;
  for (let factor = 2; rest > 1; factor++) {
    if (factor * factor > rest) factor = rest;
    while (rest % factor === 0) {
      factors.push(factor);
      rest /= factor;
    }
  }
  return factors;
}
