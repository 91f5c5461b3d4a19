/**
 * The tiles that products are built for (`native/kernels/product/tiles.cuh`), and which shape gets which. What was measured
 * stands in docs/decisions/0034-cuda.md.
 */

/** How the outputs of a product are divided: a block computes m x n of them. */
export interface Tile {
  readonly name: TileName;
  readonly m: number;
  readonly n: number;
  readonly threads: number;
  /** Blocks that one multiprocessor holds. */
  readonly resident: number;
  /** Share of the device's arithmetic that a full device reaches with it; decides between tiles, and nothing else. */
  readonly rate: number;
}

export type TileName = 'large' | 'tall' | 'wide' | 'medium' | 'narrow' | 'small';

/** Terms of a step. */
export const termsOfStep = 16;

/** The one table to change. Rates are those of an H100 beside the largest tile. */
export const tiles: readonly Tile[] = [
  { name: 'large', m: 128, n: 128, threads: 256, resident: 2, rate: 1 },
  { name: 'tall', m: 128, n: 64, threads: 128, resident: 4, rate: 0.95 },
  { name: 'wide', m: 64, n: 128, threads: 128, resident: 4, rate: 0.95 },
  { name: 'medium', m: 64, n: 64, threads: 128, resident: 4, rate: 0.8 },
  { name: 'narrow', m: 128, n: 32, threads: 128, resident: 4, rate: 0.8 },
  { name: 'small', m: 32, n: 32, threads: 64, resident: 8, rate: 0.5 },
];

export type ProductKind =
  | 'matmul'
  | 'matmulAny'
  | 'forward'
  | 'forwardAny'
  | 'inputGrad'
  | 'inputGradAny'
  | 'weightGrad'
  | 'weightGradAny'
  | 'weightGradFirst';

/** The tiles that kernels of a kind are built with. `Any` copies elements one by one. */
export const builtTiles: Readonly<Record<ProductKind, readonly TileName[]>> = {
  matmul: ['large', 'tall', 'wide', 'medium', 'narrow', 'small'],
  matmulAny: ['medium', 'small'],
  forward: ['large', 'tall', 'medium', 'narrow', 'small'],
  forwardAny: ['tall', 'medium', 'small'],
  inputGrad: ['large', 'tall', 'medium', 'narrow', 'small'],
  inputGradAny: ['medium', 'small'],
  weightGrad: ['large', 'tall', 'wide', 'medium', 'narrow', 'small'],
  weightGradAny: ['medium', 'small'],
  weightGradFirst: ['medium'],
};

/** A product, `count` times: for places of a batch, or groups. */
export interface ProductShape {
  readonly rows: number;
  readonly columns: number;
  readonly terms: number;
  readonly count: number;
}

/** What choices depend on beside shapes. */
export interface Machine {
  readonly multiprocessors: number;
  readonly tf32: boolean;
  /** Chooses; tests have their own. */
  readonly divide: (kind: ProductKind, shape: ProductShape, machine: Machine) => Division;
}

/** A product shared out: a tile, and the terms in parts for blocks of their own. */
export interface Division {
  readonly tile: Tile;
  readonly parts: number;
  /** Of each part, a multiple of a step; the last may have fewer. */
  readonly termsOfPart: number;
}

/** Multiplications of a multiprocessor in a clock. */
const rates = { ieee: 128, tf32: 640 };
/** Bytes of parts that the device moves in a clock, and clocks that adding them up costs at least: a launch. */
const partBytes = 2000;
const partClocks = 4000;
/** Clocks that a block takes before its first and behind its last step. */
const blockClocks = 1500;
/** Terms that a part has at least. */
const leastTerms = 128;
/** Warps of a multiprocessor from which on they hide each other's waiting. */
const enoughWarps = 8;

/** Clocks that a product takes, as far as a choice between tiles needs to know. */
function clocks(
  shape: ProductShape,
  tile: Tile,
  parts: number,
  multiprocessors: number,
  isTf32: boolean,
): number {
  const { rows, columns, terms, count } = shape;
  const blocks = Math.ceil(rows / tile.m) * Math.ceil(columns / tile.n) * count * parts;
  const rounds = Math.ceil(blocks / multiprocessors);
  const warps = (Math.min(rounds, tile.resident) * tile.threads) / 32;
  const rate = tile.rate * Math.min(1, 0.4 + (0.6 * warps) / enoughWarps);
  const each =
    (tile.m * tile.n * Math.ceil(terms / parts)) / (rates[isTf32 ? 'tf32' : 'ieee'] * rate);
  const adding = parts === 1 ? 0 : partClocks + (8 * rows * columns * count * parts) / partBytes;
  // Blocks that are there together wait together for what comes before and behind their steps.
  return rounds * each + Math.ceil(rounds / tile.resident) * blockClocks + adding;
}

/** The tile and parts that should be fastest. */
export function divide(
  kind: ProductKind,
  shape: ProductShape,
  { multiprocessors, tf32: isTf32 }: Omit<Machine, 'divide'>,
): Division {
  const { rows, columns, terms, count } = shape;
  let best: Division | null = null;
  let least = Infinity;
  for (const tile of tiles) {
    if (!builtTiles[kind].includes(tile.name)) continue;
    const most = Math.max(Math.floor(terms / leastTerms), 1);
    for (
      let wanted = 1;
      wanted <= most;
      wanted = wanted < 8 ? wanted + 1 : Math.ceil(wanted * 1.25)
    ) {
      const termsOfPart = Math.max(Math.ceil(terms / wanted / termsOfStep), 1) * termsOfStep;
      const parts = Math.max(Math.ceil(terms / termsOfPart), 1);
      const taken = clocks(shape, tile, parts, multiprocessors, isTf32);
      if (taken < least) {
        least = taken;
        best = { tile, parts, termsOfPart };
      }
      if (
        Math.ceil(rows / tile.m) * Math.ceil(columns / tile.n) * count * wanted >
        8 * multiprocessors
      )
        break;
    }
  }
  return best!;
}

/** Steps that are under way at once, as `tiles.cuh` has it. */
const stages = { ieee: 2, tf32: 4 };

/** Bytes of shared memory (`SharedSize` in `product.cuh`). Inner: stored along the terms. */
export function sharedBytes(
  { m, n }: Tile,
  isLeftInner: boolean,
  isRightInner: boolean,
  isTf32: boolean,
): number {
  const size = (extent: number, isInner: boolean): number =>
    isInner ? (termsOfStep + 4) * extent : (extent + 8) * termsOfStep;
  return 4 * stages[isTf32 ? 'tf32' : 'ieee'] * (size(m, isLeftInner) + size(n, isRightInner));
}

/**
 * Rows of tiles that are taken together, so that the blocks of a device at one time read few rows and columns. With few
 * columns of tiles these are taken first: then each row of the left factor, the larger one, comes from memory once.
 */
export function rowsTogether(down: number, across: number): number {
  return across <= 8 ? 1 : Math.min(down, 8);
}
