/**
 * A sequence of choices, so that a property test that shrinks the numbers shrinks the case: every choice
 * becomes its simplest where the numbers end or are 0.
 */
export class Choices {
  readonly #numbers: readonly number[];
  #at = 0;

  /** `numbers`: integers ≥ 0. */
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** One of 0 … count - 1. */
  below(count: number): number {
    return (this.#numbers[this.#at++] ?? 0) % count;
  }

  /** From low to high, both included. */
  integer(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  pick<T>(options: readonly T[]): T {
    return options[this.below(options.length)]!;
  }

  /** True once in `count` times. */
  once(count: number): boolean {
    return this.below(count) === count - 1;
  }

  list<T>(length: number, make: (i: number) => T): T[] {
    return Array.from({ length }, (_, i) => make(i));
  }

  /** Mostly 1 to `most`, now and then 0. */
  extent(most = 6): number {
    return this.once(12) ? 0 : this.integer(1, most);
  }

  shape(rank: number, most = 4): number[] {
    return this.list(rank, () => this.extent(most));
  }

  /** An option: mostly one of the good values, now and then what no operation should take. */
  option(good: readonly number[]): number {
    return this.once(15) ? this.pick([-1, 0, 1.5, NaN, Infinity, 20]) : this.pick(good);
  }

  /** One option, or one for each axis; now and then one too few. */
  perAxis(dims: number, good: readonly number[]): number | number[] {
    if (this.once(2)) return this.option(good);
    return this.list(this.once(15) ? dims - 1 : dims, () => this.option(good));
  }

  /** An axis, from the front or from the back; now and then one that is not there. */
  axis(rank: number): number {
    if (this.once(15)) return this.pick([rank, -rank - 1, 0.5, NaN]);
    const axis = this.below(Math.max(rank, 1));
    return this.once(3) ? axis - rank : axis;
  }

  /** Options that are not given are left out. */
  some<T extends object>(options: T): Partial<T> {
    return Object.fromEntries(Object.entries(options).filter(() => this.once(2))) as Partial<T>;
  }
}
