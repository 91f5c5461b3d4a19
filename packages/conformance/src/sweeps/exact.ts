import {
  elementCount,
  formatShape,
  type Device,
  type DeviceBuffer,
  type Operand,
  type TensorSpec,
} from '@convnet/tensor-core';
/** Integers from -4 to 4, whose products and sums float32 holds exactly: the same for the same seed. */
export function integers(count: number, seed: number): Float32Array {
  const values = new Float32Array(count);
  let state = seed;
  for (let i = 0; i < count; i++) {
    state = (state * 48271) % 2147483647;
    values[i] = (state % 9) - 4;
  }
  return values;
}

/** Elements of a sweep's own, uploaded. */
export function operand(device: Device, values: Float32Array, shape: readonly number[]): Operand {
  const spec = { shape, dtype: 'float32' } as const;
  return { ...spec, buffer: device.backend.upload(values, spec) };
}

/** Operands are given back when a sweep has done with them. */
export function free(device: Device, operands: readonly Operand[]): void {
  for (const { buffer } of operands) device.backend.free(buffer);
}

/** What a sweep found: how many results it looked at, and those that are not what they should be. */
export class Findings {
  results = 0;
  wrong = 0;
  /** Only the first are told. */
  readonly #told: string[] = [];

  /**
   * Reads a result, frees it, and compares it element by element, to the bit where `tolerance` is 0, else within so
   * much of the greatest magnitude. NaN, which memory was filled with, is wrong.
   */
  async compare(
    device: Device,
    name: string,
    buffer: DeviceBuffer,
    spec: TensorSpec,
    expected: ArrayLike<number>,
    tolerance = 0,
  ): Promise<void> {
    const actual = await device.backend.read({ ...spec, buffer });
    device.backend.free(buffer);
    this.results++;
    const count = elementCount(spec.shape);
    let limit = 0;
    if (tolerance > 0) {
      for (let i = 0; i < count; i++) limit = Math.max(limit, tolerance * Math.abs(expected[i]!));
    }
    for (let i = 0; i < count; i++) {
      if (Math.abs(actual[i]! - expected[i]!) <= limit) continue;
      this.wrong++;
      if (this.#told.length < 5) {
        this.#told.push(
          `${name}: element ${i} of ${formatShape(spec.shape)} is ${actual[i]}, expected ${expected[i]}`,
        );
      }
      return;
    }
  }

  /** Failures of a case. */
  failures(): string[] {
    if (this.wrong === 0) return [];
    return [`${this.wrong} of ${this.results} results are wrong`, ...this.#told];
  }
}

/** The positions of a list of choices for each of several things, every `step`-th of them. */
export function* everyOf<Choices extends Readonly<Record<string, readonly unknown[]>>>(
  choices: Choices,
  step: number,
): Generator<{ readonly [Name in keyof Choices]: Choices[Name][number] } & { index: number }> {
  const names = Object.keys(choices);
  const count = names.reduce((product, name) => product * choices[name]!.length, 1);
  for (let index = 0; index < count; index += step) {
    const chosen: Record<string, unknown> = { index };
    let rest = index;
    for (const name of names) {
      const list = choices[name]!;
      chosen[name] = list[rest % list.length];
      rest = Math.floor(rest / list.length);
    }
    yield chosen as { readonly [Name in keyof Choices]: Choices[Name][number] } & { index: number };
  }
}

/** first, first + 1, … last. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
