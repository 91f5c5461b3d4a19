import {
  elementCount,
  type Epilogue,
  type Kernels,
  type Operand,
  type TensorSpec,
} from '@convnet/tensor-core';

import type { CommandSink } from '../commands/command-sink.ts';
import { memoryOf, type GpuTensorBuffer } from '../gpu-buffer.ts';
import { asFloat, elementShader, floatType, fourFrom, shaderCache } from '../shader.ts';
import { allocate, quietNaN } from './kernel-support.ts';
import { fewLines, multiplyFew, nameOfHalves, type FactorsInHalves } from './matmul-few.ts';
import { joinAxes } from './pointwise.ts';
import { readsHalves } from './reuse.ts';
import { addParts } from './tiled/add-parts.ts';
import {
  endingClass,
  endingMemories,
  endingParameters,
  endingText,
  noEnding,
  type Ending,
} from './tiled/epilogue.ts';
import { partsOf, tileFor } from './tiled/tile.ts';
import { ownParameters, tiledParameters, tiledShader, type Factor } from './tiled/tiled-shader.ts';

/** Along which index a factor's elements stand one behind the other, whether four can be read as one, and whether in halves. */
type Storage = `${'inner' | 'outer'}${'' | ' vectors'}${'' | ' in halves'}`;

const hasVectors = (storage: Storage): boolean => storage.includes('vectors');

const hasHalves = (storage: Storage): boolean => storage.endsWith('in halves');

/** @param isRight whether it is the right factor, named `right_…`. */
function factorOf(storage: Storage, isRight: boolean): Factor {
  const side = isRight ? 'right' : 'left';
  const isInner = storage.startsWith('inner');
  return {
    vectors: isInner ? 'inner' : 'outer',
    neighbours: isInner ? 'inner' : 'outer',
    load(at, k) {
      const [major, minor] = isInner ? [at, k] : [k, at];
      const start = `${side}_start + ${major} * ${side}_line + ${minor}`;
      return fourFrom(side, start, hasVectors(storage), hasHalves(storage));
    },
  };
}

/** Own parameters: elements of the output, elements of a line of both factors, extents and strides of the batch, the ending's. */
const own = { elements: ownParameters, lines: ownParameters + 1, batch: ownParameters + 3 };

/** Statements that find where the factors of a batch of `rank` axes begin, from parameter `at` on. */
function starts(rank: number, at: number): string {
  const lines = ['  var left_start = 0;', '  var right_start = 0;', '  var rest = batch;'];
  for (let axis = rank - 1; axis >= 0; axis--) {
    const extent = `p[${at + axis}]`;
    const place = axis === 0 ? 'rest' : `(rest % ${extent})`;
    lines.push(`  left_start += ${place} * p[${at + rank + axis}];`);
    lines.push(`  right_start += ${place} * p[${at + 2 * rank + axis}];`);
    if (axis > 0) lines.push(`  rest /= ${extent};`);
  }
  return lines.join('\n');
}

/** @param ending where the sum is in one part; `rank` axes of the batch. */
const matmulShader = shaderCache(
  (
    m: number,
    n: number,
    k: number,
    tm: number,
    tn: number,
    left: Storage,
    right: Storage,
    isInnerExact: boolean,
    ending: string,
    rank: number,
  ) => {
    const { bindings, functions, statements } = endingText(ending);
    const isVector = right.startsWith('outer vectors') && ending === '';
    const typeOf = (storage: Storage) => floatType(hasVectors(storage), hasHalves(storage));
    const at = 'part * element_count + (batch * rows + m) * columns + n';
    return tiledShader({
      name: `matmul of ${left} and ${right}${isInnerExact ? '' : ' with a rest'} ${ending}`.trim(),
      tile: { m, n, k, tm, tn },
      bindings: [
        { name: 'left', type: typeOf(left) },
        { name: 'right', type: typeOf(right) },
        ...bindings,
        { name: 'y', type: isVector ? 'vec4f' : 'f32', writes: true },
      ],
      functions,
      setup: `  let element_count = p[${own.elements}];
  let left_line = p[${own.lines}];
  let right_line = p[${own.lines + 1}];
${starts(rank, own.batch)}`,
      left: factorOf(left, false),
      right: factorOf(right, true),
      isInnerExact,
      store: `var v = value; ${statements('n', `(batch * rows + m) * columns + n`, `${own.batch + 3 * rank}`)} y[${at}] = v;`,
      ...(isVector && { storeVector: `y[(${at}) / 4] = value;` }),
    });
  },
);

/** Products of so few multiplications are computed an output to an invocation: staging tiles costs more. */
const fewMultiplications = 1 << 15;

/**
 * Parameters: count, bits of NaN, M, N, K, row and column strides of both factors, then extents of the batch axes, the strides
 * of both factors along them, and the ending's.
 */
const directShader = shaderCache((ending: string, rank: number, ...halves: FactorsInHalves) => {
  const { bindings, functions, statements } = endingText(ending);
  const [left, right] = halves;
  return elementShader(
    `matmul of few ${ending}${nameOfHalves(halves)}`.trim(),
    [
      { name: 'left', type: floatType(false, left) },
      { name: 'right', type: floatType(false, right) },
      ...bindings,
      { name: 'y', type: 'f32', writes: true },
    ],
    `  let column = i % p[3];
  let row = (i / p[3]) % p[2];
  let batch = i / (p[2] * p[3]);
${starts(rank, 9)}
  left_start += row * p[5];
  right_start += column * p[8];
  var v = 0.0;
  for (var k = 0; k < p[4]; k++) { v += ${asFloat('left[left_start + k * p[6]]', left)} * ${asFloat('right[right_start + k * p[7]]', right)}; }
  ${statements('column', 'i', `${9 + 3 * rank}`)}
  y[i] = v;`,
    functions,
  );
});

const nothing: Epilogue = { residual: null, activation: null };

/** How a factor is stored whose lines have so many elements, one behind the other along the inner index or not. */
function storageOf(isInner: boolean, line: number, inHalves: boolean): Storage {
  return `${isInner ? 'inner' : 'outer'}${line % 4 === 0 ? ' vectors' : ''}${inHalves ? ' in halves' : ''}`;
}

/** The leading axes of both factors as few as can be, with strides. */
function batchOf(a: Operand, b: Operand, out: readonly number[]): ReturnType<typeof joinAxes> {
  const leading = ({ shape }: Pick<Operand, 'shape'>) => ({ shape: shape.slice(0, -2) });
  const joined = joinAxes(out.slice(0, -2), [leading(a), leading(b)]);
  const sizes = [a, b].map(({ shape }) => shape[shape.length - 1]! * shape[shape.length - 2]!);
  return {
    extents: joined.extents,
    strides: joined.strides.map((list, i) => list.map((stride) => stride * sizes[i]!)),
  };
}

export function matmulKernels(sink: CommandSink): Pick<Kernels, 'matmul' | 'fusedMatmul'> {
  /** The product and what follows it. */
  function multiply(
    a: Operand,
    b: Operand,
    bias: Operand | null,
    transpose: { readonly a: boolean; readonly b: boolean },
    epilogue: Epilogue,
    out: TensorSpec,
  ): GpuTensorBuffer {
    const ending: Ending = { bias, ...epilogue };
    const result = allocate(sink, out);
    const elements = elementCount(out.shape);
    if (elements === 0) return result;
    const halves = [readsHalves(sink, a), readsHalves(sink, b)] as const;
    const rank = out.shape.length;
    const columns = out.shape[rank - 1]!;
    const terms = a.shape[rank - (transpose.a ? 2 : 1)]!;
    let rows = out.shape[rank - 2]!;
    let batch = batchOf(a, b, out.shape);
    // Matrices that all meet the same right factor are one with more rows.
    if (!transpose.a && batch.strides[1]!.every((stride) => stride === 0)) {
      const isWhole = batch.strides[0]!.every((stride) => stride !== 0);
      if (isWhole && batch.extents.length <= 1) {
        rows = elements / columns;
        batch = { extents: [], strides: [[], []] };
      }
    }
    if (elements * terms <= fewMultiplications) {
      sink.dispatch(
        directShader(endingClass(ending), batch.extents.length, ...halves),
        [
          elements,
          quietNaN,
          rows,
          columns,
          terms,
          ...(transpose.a ? [1, rows] : [terms, 1]),
          ...(transpose.b ? [1, terms] : [columns, 1]),
          ...batch.extents,
          ...batch.strides.flat(),
          ...endingParameters(ending),
        ],
        [memoryOf(a), memoryOf(b), ...endingMemories(ending), result.memory],
        elements,
      );
      return result;
    }
    const count = elements / rows / columns;
    if (count === 1 && Math.min(rows, columns) <= fewLines) {
      const isLeftFew = rows <= columns;
      // Of the left factor lines are rows, of the right one columns.
      const [matrix, few, lines, vectors] = isLeftFew
        ? [b, a, columns, rows]
        : [a, b, rows, columns];
      const isLeftInner = !transpose.a;
      const isRightInner = transpose.b;
      const [isInner, isFewInner] = isLeftFew
        ? [isRightInner, isLeftInner]
        : [isLeftInner, isRightInner];
      const inHalves = isLeftFew ? ([halves[1], halves[0]] as const) : halves;
      const product = {
        matrix: memoryOf(matrix),
        vectors: memoryOf(few),
        lines,
        terms,
        count: vectors,
        isInner,
        vectorStrides: isFewInner ? ([terms, 1] as const) : ([1, vectors] as const),
        outStrides: isLeftFew ? ([1, columns] as const) : ([columns, 1] as const),
        channels: columns,
        inner: 1,
        inHalves,
      };
      multiplyFew(sink, product, result.memory, ending);
      return result;
    }
    const tile = tileFor(sink.limits.tiles, rows, columns, terms, count);
    const groups = count * Math.ceil(rows / tile.m) * Math.ceil(columns / tile.n);
    const parts = partsOf(groups, terms, tile);
    const direct = parts.count === 1 ? ending : noEnding;
    const left = storageOf(!transpose.a, transpose.a ? rows : terms, halves[0]);
    const right = storageOf(transpose.b, transpose.b ? terms : columns, halves[1]);
    const { m, n, k, tm, tn } = tile;
    const isExact = terms % k === 0;
    const kind = endingClass(direct);
    const axes = batch.extents.length;
    const shader = matmulShader(m, n, k, tm, tn, left, right, isExact, kind, axes);
    const target = parts.count === 1 ? result.memory : sink.take(elements * parts.count * 4);
    const general = tiledParameters(tile, rows, columns, terms, count, parts, quietNaN);
    sink.dispatchGroups(
      shader,
      [
        ...general.parameters,
        elements,
        transpose.a ? rows : terms,
        transpose.b ? terms : columns,
        ...batch.extents,
        ...batch.strides.flat(),
        ...endingParameters(direct),
      ],
      [memoryOf(a), memoryOf(b), ...endingMemories(direct), target],
      general.groups,
    );
    if (parts.count > 1) {
      const size = { elements, parts: parts.count, channels: columns, inner: 1 };
      addParts(sink, target, result.memory, size, ending);
      sink.giveBack(target);
    }
    return result;
  }

  return {
    matmul: (a, b, bias, transpose, out) => multiply(a, b, bias, transpose, nothing, out),
    fusedMatmul: multiply,
  };
}
