import { head, layoutOf, type Binding, type Shader } from '../../shader.ts';
import { invocationsOf, nameOf, type Tile } from './tile.ts';

/**
 * How a factor is brought into workgroup memory, four elements at a time. "Inner" is the index that the sum runs over,
 * "outer" the row of the left or the column of the right factor. Texts are WGSL; `name` makes a name of their own.
 */
export interface Factor {
  /** Along which index the four elements stand. */
  readonly vectors: 'inner' | 'outer';
  /** Along which index neighbouring invocations stand, where vectors are inner; should be that of the memory. */
  readonly neighbours: 'inner' | 'outer';
  /** Statements for the outer index `at`, before the sum. */
  prepare?(at: string, name: (of: string) => string): string;
  /** Statements for the inner index `k`, once for each step of the tile. */
  step?(k: string, name: (of: string) => string): string;
  /**
   * The four elements, as a vec4f. @param outer names of what `prepare` made, `inner` of what `step` made.
   */
  load(at: string, k: string, outer: (of: string) => string, inner: (of: string) => string): string;
}

/** A product in tiles. */
export interface TiledKernel {
  /** With the shape class, but for the tile. */
  readonly name: string;
  readonly tile: Tile;
  readonly bindings: readonly Binding[];
  /** Functions that the other texts call. */
  readonly functions: string;
  /** Statements before anything else; they see the names of `tiledParameters`, `batch` and `part`. */
  readonly setup: string;
  readonly left: Factor;
  readonly right: Factor;
  /** Whether the terms of every part are a multiple of the tile's k, so that none lies outside. */
  readonly isInnerExact: boolean;
  /** Statements that store `value` of row `m` and column `n`, which are inside. */
  readonly store: string;
  /** The same for four columns from `n` on, as `value: vec4f`; only where the right factor's vectors are outer. */
  readonly storeVector?: string;
}

/** First parameter of the kernel's own. */
export const ownParameters = 9;

/** Parameters of every tiled kernel, in front of its own. */
export function tiledParameters(
  tile: Tile,
  rows: number,
  columns: number,
  terms: number,
  batch: number,
  parts: { readonly count: number; readonly terms: number },
  nan: number,
): { readonly groups: number; readonly parameters: number[] } {
  const [down, across] = [Math.ceil(rows / tile.m), Math.ceil(columns / tile.n)];
  const groups = down * across * batch * parts.count;
  const sizes = [rows, columns, terms, parts.terms, down, across, parts.count];
  return { groups, parameters: [groups, nan, ...sizes] };
}

/**
 * A workgroup brings tiles of both factors into its memory, each invocation takes its rows and columns of them into
 * registers, and so on along the sum. Tiles stand in vectors of four, so that what is read at once is read together.
 */
export function tiledShader(kernel: TiledKernel): Shader {
  const { tile, bindings, left, right } = kernel;
  const invocations = invocationsOf(tile);
  const staging = {
    left: stageOf('left', left, tile.m, tile, invocations, kernel.isInnerExact),
    right: stageOf('right', right, tile.n, tile, invocations, kernel.isInnerExact),
  };
  const code = `${head(bindings)}${kernel.functions}
var<workgroup> left_tile: array<vec4f, ${staging.left.size}>;
var<workgroup> right_tile: array<vec4f, ${staging.right.size}>;
@compute @workgroup_size(${invocations})
fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lane = i32(index);
  let group = i32(id.y * groups.x + id.x);
  if (group >= p[0]) { return; }
  let rows = p[2];
  let columns = p[3];
  let first_row = group % p[6] * ${tile.m};
  let first_column = group / p[6] % p[7] * ${tile.n};
  let depth = group / (p[6] * p[7]);
  let part = depth % p[8];
  let batch = depth / p[8];
  let begin = part * p[5];
  let end = min(begin + p[5], p[4]);
${kernel.setup}
${staging.left.prepare}
${staging.right.prepare}
  let across = lane % ${tile.n / tile.tn};
  let down = lane / ${tile.n / tile.tn};
${accumulators(tile)
  .map((name) => `  var ${name} = vec4f(0.0);`)
  .join('\n')}
  for (var k0 = begin; k0 < end; k0 += ${tile.k}) {
${staging.left.fetch}
${staging.right.fetch}
    workgroupBarrier();
    for (var quad = 0; quad < ${tile.k / 4}; quad++) {
${products(tile, left, right)}
    }
    workgroupBarrier();
  }
${stores(kernel)}
}
`;
  return { name: `${kernel.name}, ${nameOf(tile)}`, code, layout: layoutOf(bindings) };
}

/** Vectors between the starts of two rows of a tile: one more than there are, which spreads them over the banks. */
function pitch(factor: Factor, extent: number): number {
  return factor.vectors === 'inner' ? extent + 1 : extent / 4;
}

/** How one factor is staged: vectors of its tile, statements before the sum, and those of each step. */
interface Stage {
  readonly size: number;
  readonly prepare: string;
  readonly fetch: string;
}

function stageOf(
  side: 'left' | 'right',
  factor: Factor,
  extent: number,
  { k }: Tile,
  invocations: number,
  isExact: boolean,
): Stage {
  const isInner = factor.vectors === 'inner';
  const [outers, inners] = isInner ? [extent, k / 4] : [extent / 4, k];
  const walksOuter = !isInner || factor.neighbours === 'outer';
  const walked = walksOuter ? outers : inners;
  // Each invocation fetches so many vectors, always of the same few rows or columns.
  const slots = Array.from({ length: (outers * inners) / invocations }, (_, slot) => {
    const offset = slot * invocations;
    const near = plus(invocations >= walked ? `lane % ${walked}` : 'lane', offset % walked);
    const far = plus(`lane / ${walked}`, Math.floor(offset / walked));
    return walksOuter ? { outer: near, inner: far } : { outer: far, inner: near };
  });
  const distinct = (list: readonly string[]): string[] => [...new Set(list)];
  const outerPlaces = distinct(slots.map(({ outer }) => outer));
  const innerPlaces = distinct(slots.map(({ inner }) => inner));
  const named = (kind: string) => (of: string) => `${side}_${kind}${of}`;
  const scale = (vector: string, isScaled: boolean): string =>
    isScaled ? `4 * (${vector})` : vector;
  const first = side === 'left' ? 'first_row' : 'first_column';
  const prepare = outerPlaces.flatMap((place, i) => [
    `  let ${side}_at${i} = ${first} + ${scale(place, !isInner)};`,
    factor.prepare?.(`${side}_at${i}`, named(`at${i}_`)) ?? '',
  ]);
  const steps = innerPlaces.flatMap((place, i) => [
    `    let ${side}_k${i} = k0 + ${scale(place, isInner)};`,
    factor.step?.(`${side}_k${i}`, named(`k${i}_`)) ?? '',
  ]);
  const fetches = slots.map(({ outer, inner }) => {
    const [o, i] = [outerPlaces.indexOf(outer), innerPlaces.indexOf(inner)];
    const value = factor.load(`${side}_at${o}`, `${side}_k${i}`, named(`at${o}_`), named(`k${i}_`));
    const kept = isExact ? value : within(value, `${side}_k${i}`, isInner);
    return `    ${side}_tile[(${inner}) * ${pitch(factor, extent)} + ${outer}] = ${kept};`;
  });
  const text = (lines: readonly string[]): string => lines.filter((line) => line !== '').join('\n');
  return {
    size: inners * pitch(factor, extent),
    prepare: text(prepare),
    fetch: text([...steps, ...fetches]),
  };
}

function plus(expression: string, number: number): string {
  return number === 0 ? expression : `${expression} + ${number}`;
}

/** Zeros for terms behind the end, of both factors, so that what stands there does not matter. */
function within(value: string, k: string, isInner: boolean): string {
  if (!isInner) return `select(vec4f(0.0), ${value}, ${k} < end)`;
  return `select(vec4f(0.0), ${value}, vec4i(${k}, ${k} + 1, ${k} + 2, ${k} + 3) < vec4i(end))`;
}

const components = ['x', 'y', 'z', 'w'] as const;

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Sums of row i and columns 4 j to 4 j + 3 of an invocation. */
function sum(i: number, j: number): string {
  return `sum${i}_${j}`;
}

function accumulators({ tm, tn }: Tile): string[] {
  return range(tm).flatMap((i) => range(tn / 4).map((j) => sum(i, j)));
}

/** Four terms of all sums of an invocation. */
function products({ m, n, tm, tn }: Tile, left: Factor, right: Factor): string {
  const lines: string[] = [];
  const [leftPitch, rightPitch] = [pitch(left, m), pitch(right, n)];
  const across = n / tn;
  if (left.vectors === 'inner') {
    for (const i of range(tm)) {
      lines.push(`let l${i} = left_tile[quad * ${leftPitch} + down * ${tm} + ${i}];`);
    }
  }
  if (right.vectors === 'inner') {
    for (const j of range(tn)) {
      lines.push(`let r${j} = right_tile[quad * ${rightPitch} + across + ${j * across}];`);
    }
  }
  for (const [q, component] of components.entries()) {
    const line = `(4 * quad + ${q})`;
    if (left.vectors === 'outer') {
      for (const i of range(tm / 4)) {
        const at = `${line} * ${leftPitch} + down * ${tm / 4} + ${i}`;
        lines.push(`let l${i}_${q} = left_tile[${at}];`);
      }
    }
    for (const j of range(tn / 4)) {
      const value =
        right.vectors === 'inner'
          ? `vec4f(${components.map((_, c) => `r${4 * j + c}.${component}`).join(', ')})`
          : `right_tile[${line} * ${rightPitch} + across + ${j * across}]`;
      lines.push(`let r${j}_${q} = ${value};`);
    }
    for (const i of range(tm)) {
      const factor =
        left.vectors === 'inner'
          ? `l${i}.${component}`
          : `l${Math.floor(i / 4)}_${q}.${components[i % 4]!}`;
      for (const j of range(tn / 4)) lines.push(`${sum(i, j)} += ${factor} * r${j}_${q};`);
    }
  }
  return lines.map((line) => `      ${line}`).join('\n');
}

function stores({ tile: { n, tm, tn }, right, store, storeVector }: TiledKernel): string {
  const across = n / tn;
  const blocks: string[] = [];
  for (const i of range(tm)) {
    const row = `first_row + down * ${tm} + ${i}`;
    for (const j of range(tn / 4)) {
      const vector = `first_column + 4 * (across + ${j * across})`;
      if (storeVector !== undefined) {
        blocks.push(block(row, vector, sum(i, j), storeVector));
        continue;
      }
      for (const [c, component] of components.entries()) {
        const column =
          right.vectors === 'inner'
            ? `first_column + across + ${(4 * j + c) * across}`
            : `${vector} + ${c}`;
        blocks.push(block(row, column, `${sum(i, j)}.${component}`, store));
      }
    }
  }
  return blocks.join('\n');
}

function block(row: string, column: string, value: string, store: string): string {
  return `  { let m = ${row}; let n = ${column}; let value = ${value}; if (m < rows && n < columns) { ${store} } }`;
}
