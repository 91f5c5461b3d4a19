import {
  elementCount,
  MissingKernelError,
  type DeviceBuffer,
  type Kernels,
  type Operand,
} from '@convnet/tensor-core';

import { memoryOf } from '../cuda-buffer.ts';
import { collapse, memoryStrides } from '../layout.ts';
import { wide, type KernelContext, type Word } from '../commands/kernel-context.ts';
import { mostSigned, requireCountable } from './countable.ts';
import { endingWords, isBuiltIn, noEnding, type Ending } from './product/ending.ts';
import {
  addParts,
  endingKey,
  gridFor,
  Plans,
  runPlan,
  type Plan,
  type PlannedLaunch,
} from './product/plan.ts';
import { divide, rowsTogether, sharedBytes, type Machine } from './product/tiles.ts';

/** An axis of the batch, with what it steps by in left, right and out. */
export interface BatchAxis {
  readonly extent: number;
  readonly strides: readonly number[];
}

/** A factor or the output as a matrix: elements to the next of its outer places, and to the next of the other. */
interface MatrixStrides {
  /** Rows of the left factor, columns of the right, rows of the output. */
  readonly outer: number;
  /** Terms of a factor, columns of the output. */
  readonly inner: number;
}

/** A product of matrices that lie in memory with any strides, one for each place of a batch. */
export interface MatrixProduct {
  readonly rows: number;
  readonly columns: number;
  readonly terms: number;
  readonly left: MatrixStrides;
  readonly right: MatrixStrides;
  readonly out: MatrixStrides;
  readonly batch: readonly BatchAxis[];
  /** Along which of its own axes the output takes its bias. */
  readonly biasAxis: 'columns' | 'rows';
  /** Elements of the bias from one place of the batch to the next. */
  readonly biasStep: number;
  /** Elements of a line of the output in memory, over all of a batch that lies side by side. */
  readonly outLine: number;
}

const mostBatchAxes = 4;
const mostStridedAxes = 6;
const stridedThreads = 128;

/** Multiplications up to which a thread computes one output, so that there are threads enough. */
const fewMultiplications = 1 << 16;

/** Rows up to which reading the right factor is all the work there is. */
const mostFewRows = 8;
const warpsOfFewRows = 4;

/** The product with its sides exchanged: the output turned is the right factor turned by the left one turned. */
export function exchanged(p: MatrixProduct): MatrixProduct {
  return {
    ...p,
    rows: p.columns,
    columns: p.rows,
    left: p.right,
    right: p.left,
    out: { outer: p.out.inner, inner: p.out.outer },
    batch: p.batch.map(({ extent, strides: [left, right, out] }) => ({
      extent,
      strides: [right!, left!, out!],
    })),
    biasAxis: p.biasAxis === 'rows' ? 'columns' : 'rows',
  };
}

/** How a factor is stored: along the terms, along its outer places, or neither. */
function storageOf(
  { outer, inner }: MatrixStrides,
  places: number,
  terms: number,
): 'inner' | 'outer' | null {
  if (inner === 1 || terms <= 1) return 'inner';
  return outer === 1 || places === 1 ? 'outer' : null;
}

/** Whether four elements that stand one behind the other may be copied as one. */
function isVector(
  { outer, inner }: MatrixStrides,
  storage: 'inner' | 'outer',
  places: number,
  terms: number,
  steps: readonly number[],
): boolean {
  const [line, along, lines] =
    storage === 'inner' ? [outer, terms, places] : [inner, places, terms];
  const isAligned = along % 4 === 0 && (lines === 1 || line % 4 === 0);
  return isAligned && steps.every((step) => step % 4 === 0);
}

/** Tiles at the edge count a little beyond it. */
const mostPlaces = mostSigned - 2 ** 16;

/** @throws KernelSizeError for what kernels of products cannot count. */
function requireProduct(p: MatrixProduct): void {
  const { rows, columns, terms, batch } = p;
  const places = batch.reduce((product, { extent }) => product * extent, 1);
  requireCountable('matmul', { rows, columns, terms, 'places of a batch': places }, mostPlaces);
}

/** Pointers are left, right, out, bias, residual; `isExchanged` says that the first two have changed places. */
export function planProduct(given: MatrixProduct, ending: Ending, machine: Machine): Plan {
  requireProduct(given);
  const isRowMajor = given.out.inner === 1 || given.columns === 1;
  const isColumnMajor = given.out.outer === 1 || given.rows === 1;
  if (!isRowMajor && !isColumnMajor) return stridedPlan(given, ending);
  // A single column of many rows is a single row of many columns, which has a kernel of its own.
  const isExchanged = !isRowMajor || (isColumnMajor && given.columns === 1 && given.rows > 1);
  const p = isExchanged ? exchanged(given) : given;
  const left = storageOf(p.left, p.rows, p.terms);
  const right = storageOf(p.right, p.columns, p.terms);
  if (left === null || right === null || p.batch.length > mostBatchAxes)
    return stridedPlan(given, ending);
  const steps = (i: number): number[] => p.batch.map(({ strides }) => strides[i]!);
  const vector =
    isVector(p.left, left, p.rows, p.terms, steps(0)) &&
    isVector(p.right, right, p.columns, p.terms, steps(1));
  const line = (strides: MatrixStrides, storage: 'inner' | 'outer'): number =>
    storage === 'inner' ? strides.outer : strides.inner;
  const lines = Math.max(line(p.left, left), line(p.right, right), p.out.outer);
  requireCountable('matmul', { 'elements of a line': lines }, mostSigned);
  const sides: readonly ['left' | 'right', 'left' | 'right'] = isExchanged
    ? ['right', 'left']
    : ['left', 'right'];

  if (
    p.rows <= mostFewRows &&
    vector &&
    left === 'inner' &&
    right === 'inner' &&
    p.batch.length === 0
  ) {
    const most = p.rows === 1 ? 1 : p.rows <= 4 ? 4 : mostFewRows;
    const launch: PlannedLaunch = {
      kernel: `matmul_few_rows_${most}`,
      shape: {
        grid: [Math.ceil(p.columns / warpsOfFewRows), 1, 1],
        block: [32 * warpsOfFewRows, 1, 1],
      },
      pointers: [...sides, 'out', 'bias', 'residual'],
      words: [
        p.rows,
        p.columns,
        p.terms,
        p.left.outer,
        p.right.outer,
        p.out.outer,
        ...endingWords(ending, p.biasAxis),
      ],
    };
    return { launches: [launch], partBytes: 0 };
  }

  const count = p.batch.reduce((product, { extent }) => product * extent, 1);
  const kind = vector ? 'matmul' : 'matmulAny';
  const { tile, parts, termsOfPart } = machine.divide(kind, { ...p, count }, machine);
  const [down, across] = [Math.ceil(p.rows / tile.m), Math.ceil(p.columns / tile.n)];
  const elements = p.rows * p.columns * count;
  const own = parts === 1 ? ending : noEnding;
  const outSteps = steps(2);
  const isVectorOut =
    p.columns % 4 === 0 && p.out.outer % 4 === 0 && outSteps.every((step) => step % 4 === 0);
  const storage = `${left === 'inner' ? 'n' : 't'}${right === 'inner' ? 't' : 'n'}`;
  const launch: PlannedLaunch = {
    kernel: `matmul_${machine.tf32 ? 'tf32_' : ''}${tile.name}_${storage}${vector ? '' : '_any'}`,
    shape: {
      grid: [down * across * count * parts, 1, 1],
      block: [tile.threads, 1, 1],
      sharedBytes: sharedBytes(tile, left === 'inner', right === 'inner', machine.tf32),
    },
    pointers: parts === 1 ? [...sides, 'out', 'bias', 'residual'] : [...sides, 'parts', null, null],
    words: [
      p.rows,
      p.columns,
      p.terms,
      termsOfPart,
      parts,
      line(p.left, left),
      line(p.right, right),
      p.out.outer,
      down,
      across,
      rowsTogether(down, across),
      ...wide(elements),
      p.biasStep,
      Number(isVectorOut),
      ...endingWords(own, p.biasAxis),
      ...batchWords(p.batch, mostBatchAxes),
    ],
  };
  if (parts === 1) return { launches: [launch], partBytes: 0 };
  const outLine = p.biasAxis === 'columns' ? p.outLine : p.columns;
  const adding = addParts(elements, parts, outLine, ending, p.biasAxis, p.rows);
  return { launches: [launch, adding], partBytes: 4 * elements * parts };
}

/** A product with any strides; neighbouring threads take what is innermost in memory: the last axis of the batch, or columns. */
function stridedPlan(p: MatrixProduct, ending: Ending): Plan {
  if (p.batch.length > mostStridedAxes) {
    throw new MissingKernelError(
      'cuda',
      `matmul over a batch of ${p.batch.length} axes that cannot be joined`,
    );
  }
  const axes = [...p.batch].sort((a, b) => b.strides[2]! - a.strides[2]!);
  const count = axes.reduce((product, { extent }) => product * extent, 1);
  const outputs = p.rows * p.columns * count;
  const isSmall = outputs * p.terms <= fewMultiplications;
  const own = isSmall ? 1 : 4;
  const threads = count * Math.ceil(p.rows / own) * Math.ceil(p.columns / own);
  const launch: PlannedLaunch = {
    kernel: isSmall ? 'matmul_strided_one' : 'matmul_strided',
    shape: gridFor(threads, stridedThreads),
    pointers: ['left', 'right', 'out', 'bias'],
    words: [
      p.rows,
      p.columns,
      p.terms,
      ...wide(threads),
      endingWords(ending, p.biasAxis)[0]!,
      ...batchWords(
        axes,
        mostStridedAxes,
        [
          p.left.outer,
          p.left.inner,
          p.right.outer,
          p.right.inner,
          p.out.outer,
          p.out.inner,
        ].flatMap(wide),
      ),
    ],
  };
  return { launches: [launch], partBytes: 0 };
}

/** Number of axes, more words, extents, and the words of the steps for the left, the right and the output. */
function batchWords(batch: readonly BatchAxis[], most: number, more: readonly Word[] = []): Word[] {
  const padded = Array.from(
    { length: most },
    (_, axis) => batch[axis] ?? { extent: 1, strides: [0, 0, 0] },
  );
  const words: Word[] = [batch.length, ...more, ...padded.map(({ extent }) => extent)];
  for (const side of [0, 1, 2]) {
    const steps = padded.map(({ strides }) => wide(strides[side]!));
    words.push(...steps.map(([low]) => low), ...steps.map(([, high]) => high));
  }
  return words;
}

/** How the operands lie. */
export function productOf(
  a: readonly number[],
  b: readonly number[],
  out: readonly number[],
  transpose: { readonly a: boolean; readonly b: boolean },
): MatrixProduct {
  const rank = out.length;
  const last = (shape: readonly number[], isTurned: boolean): [outer: number, inner: number] => {
    const strides = memoryStrides(shape);
    const [row, column] = [strides[rank - 2]!, strides[rank - 1]!];
    return isTurned ? [column, row] : [row, column];
  };
  const leading = [a, b, out].map((shape) => {
    const strides = memoryStrides(shape);
    return shape.slice(0, -2).map((extent, axis) => (extent === 1 ? 0 : strides[axis]!));
  });
  const walk = collapse(out.slice(0, -2), leading);
  const batch = walk.extents.map((extent, axis) => ({
    extent,
    strides: walk.strides.map((strides) => strides[axis]!),
  }));
  const [leftOuter, leftInner] = last(a, transpose.a);
  const [rightInner, rightOuter] = last(b, transpose.b);
  const [outOuter, outInner] = last(out, false);
  const columns = out[rank - 1]!;
  return {
    rows: out[rank - 2]!,
    columns,
    terms: a[rank - (transpose.a ? 2 : 1)]!,
    left: { outer: leftOuter, inner: leftInner },
    right: { outer: rightOuter, inner: rightInner },
    out: { outer: outOuter, inner: outInner },
    batch,
    biasAxis: 'columns',
    biasStep: 0,
    outLine: columns,
  };
}

/** Says what computes a product: own kernels by the given plan, or a library. */
export interface ProductChoice {
  product(p: MatrixProduct, ending: Ending, own: Plan): Plan;
}

/** @param pointwise for activations that no product ends with by itself */
export function matmulKernels(
  context: KernelContext,
  choice: ProductChoice | null,
  pointwise: Kernels['pointwise'],
): Pick<Kernels, 'matmul'> & Required<Pick<Kernels, 'fusedMatmul'>> {
  const plans = new Plans();
  const machine: Machine = { ...context.facts, divide };

  const fusedMatmul: Required<Kernels>['fusedMatmul'] = (
    a,
    b,
    bias,
    transpose,
    { residual, activation },
    out,
  ) => {
    const result = context.allocate(out);
    if (elementCount(out.shape) === 0) return result;
    const isLate = activation !== null && !isBuiltIn(activation);
    const ending: Ending = { bias, residual, activation: isLate ? null : activation };
    const key = `${a.shape.join()} ${b.shape.join()} ${transpose.a} ${transpose.b} ${endingKey(ending)}`;
    const plan = plans.get(key, () => {
      const p = productOf(a.shape, b.shape, out.shape, transpose);
      const own = planProduct(p, ending, machine);
      return choice?.product(p, ending, own) ?? own;
    });
    runPlan(context, plan, { left: memoryOf(a), right: memoryOf(b), out: result.memory }, ending);
    let y: DeviceBuffer = result;
    const follow = (name: string, others: readonly Operand[], scalars: readonly number[]): void => {
      const before = y;
      y = pointwise(name, [{ ...out, buffer: before }, ...others], scalars, out);
      context.free(before);
    };
    // The product of any strides takes nothing but a bias.
    const isWhole = plan.launches.some(({ pointers }) => pointers.includes('residual'));
    if (!isWhole && residual !== null) follow('add', [residual], []);
    if (activation !== null && (isLate || !isWhole))
      follow(activation.name, [], activation.scalars);
    return y;
  };

  return {
    fusedMatmul,
    matmul: (a, b, bias, transpose, out) =>
      fusedMatmul(a, b, bias, transpose, { residual: null, activation: null }, out),
  };
}
