import { int, ints, operand, type Lowering, type Site } from './site.ts';

interface Transposed {
  readonly a: boolean;
  readonly b: boolean;
}

const matmul: Lowering = (site) => {
  const { a, b } = site.step.attributes as Transposed;
  const [left, right, bias] = site.inputs as [string, string, string | undefined];
  const areMatrices = [0, 1].every((i) => operand(site, i).shape.length === 2);
  if (areMatrices && (bias || a || b)) {
    return site.node('Gemm', bias ? [left, right, bias] : [left, right], {
      transA: int(Number(a)),
      transB: int(Number(b)),
    });
  }
  const product = site.node('MatMul', [
    a ? transposed(site, 0) : left,
    b ? transposed(site, 1) : right,
  ]);
  return bias ? site.node('Add', [product, bias]) : product;
};

/** An input with its last two axes swapped. */
function transposed(site: Site, i: number): string {
  const { length } = operand(site, i).shape;
  const lead = Array.from({ length: length - 2 }, (_, axis) => axis);
  const perm = [...lead, length - 1, length - 2];
  return site.node('Transpose', [site.inputs[i]!], { perm: ints(perm) });
}

export const matmulLowerings: Readonly<Record<string, Lowering>> = { matmul };
