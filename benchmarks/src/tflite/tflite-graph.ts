import type { TfliteOperator, TfliteTensor } from './messages.ts';
import type { OperatorName, OptionsOf } from './operators.ts';

/** A graph in the making: tensors, known by their places, and the operators that make them. */
export class TfliteGraph {
  readonly tensors: TfliteTensor[] = [];
  readonly operators: TfliteOperator[] = [];
  readonly #nonNegative = new Set<number>();

  /** An input of the graph. @param shape channels last. */
  input(shape: readonly number[]): number {
    return this.#tensor('input', shape, null);
  }

  /** A tensor of elements that are known. @param shape channels last. */
  constant(shape: readonly number[], data: Float32Array | Int32Array): number {
    return this.#tensor(`constant_${this.tensors.length}`, shape, data);
  }

  /** A list of integers that operators read. */
  list(values: readonly number[]): number {
    return this.constant([values.length], Int32Array.from(values));
  }

  /**
   * Adds an operator. @param shape that of its output, channels last.
   * @returns the place of its output.
   */
  operator<Name extends OperatorName>(
    name: Name,
    inputs: readonly number[],
    shape: readonly number[],
    options: OptionsOf<Name>,
  ): number {
    const output = this.#tensor(`${name}_${this.tensors.length}`, shape, null);
    this.operators.push({ name, inputs, outputs: [output], options });
    return output;
  }

  /** Notes that a tensor has no elements below zero. */
  markNonNegative(place: number): void {
    this.#nonNegative.add(place);
  }

  /** Whether it is known that a tensor has no elements below zero. */
  isNonNegative(place: number): boolean {
    return this.#nonNegative.has(place);
  }

  /** Gives a tensor the name that it has outside. */
  rename(place: number, name: string): void {
    this.tensors[place] = { ...this.tensors[place]!, name };
  }

  #tensor(name: string, shape: readonly number[], data: TfliteTensor['data']): number {
    return this.tensors.push({ name, shape, data }) - 1;
  }
}
