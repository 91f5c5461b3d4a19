import type { OperatorName } from './operators.ts';

/** The tables of a .tflite file that a network consists of, as plain data. */
export interface TfliteModel {
  readonly tensors: readonly TfliteTensor[];
  /** In an order in which each finds its inputs. */
  readonly operators: readonly TfliteOperator[];
  /** Places in `tensors`. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export interface TfliteTensor {
  readonly name: string;
  /** Channels last. */
  readonly shape: readonly number[];
  /** The elements of a constant, float32 or int32; null for an input and for what an operator makes, float32. */
  readonly data: Float32Array | Int32Array | null;
}

export interface TfliteOperator {
  readonly name: OperatorName;
  /** Places in `tensors`. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** By the field's name; see `operatorKinds`. */
  readonly options: Readonly<Record<string, number>>;
}
