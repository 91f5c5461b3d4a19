import {
  ArgumentError,
  requireTensor,
  ShapeError,
  formatValue,
  oneOf,
  requireKind,
  type AdaptiveSize,
  type Tensor,
} from '@convnet/tensor-core';

/** What operations check of their amounts, layers check of theirs. */
export { perAxis as tuple } from '@convnet/tensor-core';

type PythonItem = number | string | null | readonly PythonItem[];

/** `(3, 3)`, as PyTorch prints sizes. */
export function pythonTuple(values: readonly PythonItem[]): string {
  const items = values.map((value) =>
    typeof value === 'object' && value !== null ? pythonTuple(value) : String(value ?? 'None'),
  );
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
}

/** `True`, `False`, or a number as Python prints it. */
export function pythonValue(value: boolean | number): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value !== 0 && Math.abs(value) < 1e-4
    ? value.toExponential().replace(/e-(\d)$/, 'e-0$1')
    : String(value);
}

/** A number that Python knows to be a float: `1.0`. */
export function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : pythonValue(value);
}

const spatialRanks = oneOf(1, 2, 3);

/** The number of spatial axes. @throws ArgumentError that names the layer. */
export function requireDims(layer: string, dims: number): number {
  requireKind(layer, 'dims', dims, spatialRanks);
  return dims;
}

/** A probability. @throws ArgumentError that names the layer. */
export function requireProbability(layer: string, p: number): number {
  if (typeof p === 'number' && p >= 0 && p <= 1) return p;
  throw new ArgumentError(`${layer}: expected a probability from 0 to 1, got ${formatValue(p)}`);
}

/** One number where PyTorch prints one number, a tuple where it prints a tuple. */
export function asGiven(value: AdaptiveSize): string {
  return typeof value === 'number' ? String(value) : pythonTuple(value);
}

/** An integer of at least 1. @throws ArgumentError that names the layer and the option. */
export function requireCount(layer: string, name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1) {
    throw new ArgumentError(`${layer}: expected ${name} as an integer ≥ 1, got ${value}`);
  }
  return value;
}

const axisNames: Readonly<Record<number, string>> = { 1: 'L', 2: 'H, W', 3: 'D, H, W' };

/** @throws ShapeError where x is not [N, channels, …] with `dims` spatial axes. */
export function requireRank(x: Tensor, dims: number, channels: number | 'C' = 'C'): void {
  requireTensor('forward', x);
  if (x.rank === dims + 2 && (channels === 'C' || x.shape[1] === channels)) return;
  throw new ShapeError(
    `expected input [N, ${channels}, ${axisNames[dims] ?? '…'}], got [${x.shape.join(', ')}]` +
      (x.rank === dims + 2 ? '' : ` (this model was built with dims: ${dims})`),
  );
}
