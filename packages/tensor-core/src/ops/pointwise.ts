import type { TensorSpec } from '../backend.ts';
import { isFloating, promote, type DType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { apply } from '../apply.ts';
import { elementwiseCost, type Operation } from '../operation.ts';
import { requireTensor } from '../require-tensor.ts';
import { broadcastShapes, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { sumTo } from './broadcast.ts';
import { cast, reshape } from './layout.ts';
import type { PointwiseRow } from './pointwise-row.ts';

interface PointwiseAttributes {
  readonly scalars: readonly number[];
}

/** The operation that applies a row. */
export interface PointwiseOperation extends Operation<PointwiseAttributes> {
  readonly row: PointwiseRow;
}

/** The row that an operation applies, where it is a pointwise one. */
export function rowOf(operation: Operation<never>): PointwiseRow | undefined {
  return (operation as Partial<PointwiseOperation>).row;
}

/** Makes the operation of one row. */
function operationOf(row: PointwiseRow): PointwiseOperation {
  const { name, gradient, saves } = row;
  return {
    row,
    name,
    infer(inputs) {
      const tensors = inputs as readonly Tensor[];
      const first = tensors[0]!;
      const same = tensors.every((tensor) => sameShape(tensor.shape, first.shape));
      const shape = same
        ? first.shape
        : broadcastShapes(
            name,
            tensors.map((tensor) => tensor.shape),
          );
      const dtype = row.result === 'bool' ? 'bool' : tensors[tensors.length - 1]!.dtype;
      return [{ shape, dtype } satisfies TensorSpec];
    },
    run: (kernels, inputs, { scalars }, out) => [
      kernels.pointwise(name, inputs as readonly Tensor[], scalars, out[0]!),
    ],
    saves(_, needs) {
      const { inputs = [], output = false } =
        (typeof saves === 'function' ? saves(needs) : saves) ?? {};
      return { inputs, outputs: output ? [0] : [] };
    },
    ...(gradient && {
      gradient: ({ gradients, inputs, outputs, inputShapes, needs, attributes }) => {
        const results = gradient({
          g: gradients[0]!,
          x: inputs as readonly Tensor[],
          y: outputs[0]!,
          s: attributes.scalars,
          needs,
          op: applyAlike,
        });
        return results.map((result, i) =>
          result === null || !needs[i] ? null : sumTo(result, inputShapes[i]!),
        );
      },
    }),
    cost: (_, outputs) => elementwiseCost(outputs),
  };
}

const operations = new Map<PointwiseRow, PointwiseOperation>();

/** The operation that applies a row to tensors of one rank and element type. */
export function pointwiseOperation(row: PointwiseRow): PointwiseOperation {
  let operation = operations.get(row);
  if (operation === undefined) {
    operation = operationOf(row);
    operations.set(row, operation);
  }
  return operation;
}

/** Applies a row to tensors already of one element type. */
function applyAlike(
  row: PointwiseRow,
  inputs: readonly Tensor[],
  scalars: readonly number[] = [],
): Tensor {
  const operation = pointwiseOperation(row);
  const aligned = alignRanks(inputs);
  const y = apply(operation, aligned, { scalars })[0]!;
  disposeMade(aligned, inputs);
  return y;
}

/**
 * Applies a row: broadcasts the shapes and promotes the element types.
 * @throws ShapeError where shapes do not broadcast, DTypeError where the row has no meaning for the type.
 */
export function pointwise(
  row: PointwiseRow,
  inputs: readonly Tensor[],
  scalars: readonly number[] = [],
): Tensor {
  const { name } = row;
  for (let i = 0; i < inputs.length; i++) requireTensor(name, inputs[i]!);
  if (name !== 'where' && isFloat32(inputs)) return applyAlike(row, inputs, scalars);
  const converts = name === 'where' ? inputs.slice(1) : inputs;
  let dtype = commonDType(row, converts);
  if (row.result === 'float' && !isFloating(dtype)) dtype = 'float32';
  if (row.result === 'same' && dtype === 'bool') dtype = promotedBool(name, inputs);
  const converted = inputs.map((input, i) =>
    name === 'where' && i === 0 ? asBool(input) : cast(input, dtype),
  );
  const y = applyAlike(row, converted, scalars);
  disposeMade(converted, inputs);
  return y;
}

/** Whether there is nothing to convert: the case of nearly every call. */
function isFloat32(tensors: readonly Tensor[]): boolean {
  for (const tensor of tensors) if (tensor.dtype !== 'float32') return false;
  return true;
}

/** Gives back what was made on the way and is not what came in. */
function disposeMade(made: readonly Tensor[], given: readonly Tensor[]): void {
  if (made === given) return;
  for (const [i, t] of made.entries()) if (t !== given[i]) t.dispose();
}

/**
 * The type that tensors are converted to, as PyTorch: one without axes changes that of others only where it
 * is of a higher kind (bool, integer, floating). Comparisons see every value as it is.
 */
function commonDType(row: PointwiseRow, tensors: readonly Tensor[]): DType {
  const all = tensors.map((t) => t.dtype).reduce(promote);
  const dimensioned = tensors.filter((t) => t.rank > 0);
  if (row.result === 'bool' || dimensioned.length === 0) return all;
  const main = dimensioned.map((t) => t.dtype).reduce(promote);
  return kindOf(all) === kindOf(main) ? main : all;
}

function kindOf(dtype: DType): 'bool' | 'integer' | 'floating' {
  return dtype === 'bool' ? 'bool' : isFloating(dtype) ? 'floating' : 'integer';
}

/** Arithmetic on bools has no meaning here, as in PyTorch for `sub` and `neg`; `where` keeps them. */
function promotedBool(name: string, inputs: readonly Tensor[]): DType {
  if (name === 'where' || name === 'maximum' || name === 'minimum') return 'bool';
  throw new DTypeError(
    `${name}: not defined for ${inputs.map((input) => input.dtype).join(' and ')}: cast() them first`,
  );
}

function asBool(condition: Tensor): Tensor {
  if (condition.dtype !== 'bool') {
    throw new DTypeError(`where: expected a bool condition, got ${condition.describe()}`);
  }
  return condition;
}

/** Gives all tensors the greatest rank among them, by leading axes of extent 1. */
function alignRanks(inputs: readonly Tensor[]): readonly Tensor[] {
  const { rank: first } = inputs[0]!;
  if (inputs.every((input) => input.rank === first)) return inputs;
  const rank = Math.max(...inputs.map((input) => input.rank));
  return inputs.map((input) =>
    input.rank === rank
      ? input
      : reshape(input, [...Array.from({ length: rank - input.rank }, () => 1), ...input.shape]),
  );
}
