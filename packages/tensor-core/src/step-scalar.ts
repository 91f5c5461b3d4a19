/**
 * A number that changes from step to step, such as a learning rate or the position of a stream of random numbers:
 * an operand of an operation, asked for its value at every call and at every replay. It is computed on the host in
 * double precision; a kernel gets it rounded to `dtype`.
 */
export interface StepScalar {
  readonly dtype: 'float32' | 'uint32';
  /** The value for the call under way; asked once a call. */
  value(): number;
}

/** @internal A step scalar of type float32. */
export function stepScalar(value: () => number): StepScalar {
  return { dtype: 'float32', value };
}

/** @internal A number as a step scalar that does not change. */
export function asStepScalar(value: number | StepScalar): StepScalar {
  return typeof value === 'number' ? stepScalar(() => value) : value;
}
