import { integersFrom, requireKind } from '../kinds.ts';
import { ArgumentError } from '../errors.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { formatValue } from '../format-value.ts';
import { normalizeAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { concat, slice } from './move.ts';

const someIntegers = integersFrom();

/**
 * Shifts the elements along each of `axes`; those pushed over the end come back at the begin. torch.roll.
 * @throws ShapeError for axes that do not exist, ArgumentError unless there is one integer shift an axis.
 */
export function roll(
  x: Tensor,
  shifts: number | readonly number[],
  axes: number | readonly number[],
): Tensor {
  requireTensor('roll', x);
  requireKind('roll', 'shifts', shifts, someIntegers);
  requireKind('roll', 'axes', axes, someIntegers);
  const by = typeof shifts === 'number' ? [shifts] : shifts;
  const along = typeof axes === 'number' ? [axes] : axes;
  if (by.length !== along.length) {
    throw new ArgumentError(
      `roll: expected one integer shift for each of ${along.length} axes, got ${formatValue(shifts)}`,
    );
  }
  return scope(() =>
    along.reduce(
      (rolled, axis, i) => rollAxis(rolled, by[i]!, normalizeAxis('roll', axis, x.rank)),
      x,
    ),
  );
}

function rollAxis(x: Tensor, shift: number, axis: number): Tensor {
  const extent = x.shape[axis]!;
  const wrapped = extent === 0 ? 0 : ((shift % extent) + extent) % extent;
  if (wrapped === 0) return x;
  const cut = extent - wrapped;
  return concat([slice(x, axis, cut), slice(x, axis, 0, cut)], axis);
}
