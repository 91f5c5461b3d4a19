import type { BlasShape, CublasLt } from '../addon/interface.ts';
import { exchanged, type MatrixProduct } from '../kernels/matmul.ts';
import type { Ending } from '../kernels/product/ending.ts';
import type { PlannedCall, Role } from '../kernels/product/plan.ts';
import type { PlanSource, Proposal } from './plan-source.ts';

/** A product as cuBLASLt takes it. */
interface BlasProduct {
  readonly shape: BlasShape;
  /** Whether left and right have changed places, so that rows of the output lie one behind the other. */
  readonly isExchanged: boolean;
}

/**
 * A product as cuBLASLt sees it, whose matrices lie column by column: the output turned is the right factor turned by the left one
 * turned. Null for what it does not compute: factors that lie along neither axis, batches of several steps, a residual, and
 * activations, of which its ReLU makes a zero of NaN.
 */
export function blasProduct(
  given: MatrixProduct,
  { bias, residual, activation }: Ending,
  isTf32: boolean,
): BlasProduct | null {
  if (residual !== null || activation !== null || given.terms === 0) return null;
  const isExchanged = given.out.inner !== 1 && given.columns !== 1;
  const p = isExchanged ? exchanged(given) : given;
  if (p.out.inner !== 1 && p.columns !== 1) return null;
  if (p.batch.length > 1) return null;
  if (bias !== null && (p.biasAxis !== 'columns' || (p.biasStep !== 0 && p.batch.length > 0)))
    return null;
  const a = lying(p.right.outer, p.right.inner, p.columns, p.terms);
  const b = lying(p.left.inner, p.left.outer, p.terms, p.rows);
  if (a === null || b === null) return null;
  const [axis] = p.batch;
  const [strideB = 0, strideA = 0, strideD = 0] = axis?.strides ?? [];
  const shape: BlasShape = {
    rows: p.columns,
    columns: p.rows,
    terms: p.terms,
    transposesA: a.isTransposed,
    transposesB: b.isTransposed,
    leadingA: a.leading,
    leadingB: b.leading,
    leadingD: Math.max(p.out.outer, p.columns),
    batch: axis?.extent ?? 1,
    strideA,
    strideB,
    strideD,
    hasBias: bias !== null,
    isTf32,
  };
  const counts = [
    shape.rows,
    shape.columns,
    shape.terms,
    shape.leadingA,
    shape.leadingB,
    shape.leadingD,
  ];
  // Extents beyond 31 bits its kernels do not promise.
  return counts.every((count) => count < 2 ** 31) ? { shape, isExchanged } : null;
}

/** A matrix by the steps along its rows and columns: as it is, or stored transposed; null where neither is one. */
function lying(
  alongRows: number,
  alongColumns: number,
  rows: number,
  columns: number,
): { readonly isTransposed: boolean; readonly leading: number } | null {
  if (alongRows === 1 || rows === 1)
    return { isTransposed: false, leading: Math.max(columns === 1 ? 0 : alongColumns, rows) };
  if (alongColumns === 1 || columns === 1)
    return { isTransposed: true, leading: Math.max(alongRows, columns) };
  return null;
}

/** Algorithms that are timed. */
const mostAlgorithms = 4;

/** What cuBLASLt has for a product, whose factors are at the given roles. */
export function blasSource(
  blas: CublasLt,
  { shape, isExchanged }: BlasProduct,
  rules: { readonly isDeterministic: boolean; readonly mostWorkspace: number },
  factors: readonly [left: Role, right: Role] = ['left', 'right'],
): PlanSource {
  const [left, right] = isExchanged ? [factors[1], factors[0]] : factors;
  const pointers: readonly (Role | null)[] = [right, left, 'out', shape.hasBias ? 'bias' : null];
  const callOf = (algorithm: string): PlannedCall | null => {
    const made = blas.plan(shape, algorithm);
    return made === null ? null : { plan: made.plan, pointers, workspaceBytes: made.workspace };
  };
  return {
    library: 'cuBLASLt',
    *propose(): Generator<Proposal> {
      const { mostWorkspace, isDeterministic } = rules;
      for (const { algorithm } of blas.candidates(
        shape,
        mostWorkspace,
        isDeterministic,
        mostAlgorithms,
      )) {
        const call = callOf(algorithm);
        if (call !== null) yield { call, text: algorithm };
      }
    },
    restore: callOf,
  };
}
