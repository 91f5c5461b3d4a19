/**
 * How the outputs of a product are divided. A workgroup computes m x n of them, in steps of k terms which it stages in
 * workgroup memory; an invocation keeps tm x tn of them in registers.
 */
export interface Tile {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly tm: number;
  readonly tn: number;
}

/** Invocations of a workgroup. */
export function invocationsOf({ m, n, tm, tn }: Tile): number {
  return (m / tm) * (n / tn);
}

export function nameOf({ m, n, k, tm, tn }: Tile): string {
  return `${m}x${n}x${k} of ${tm}x${tn}`;
}

export const tileOf = (m: number, n: number, k: number, tm: number, tn: number): Tile => ({
  m,
  n,
  k,
  tm,
  tn,
});

/** Classes of products by how many rows, and columns, there are to share the work among. */
export type ShapeClass = 'large' | 'medium' | 'flat' | 'narrow' | 'small';

export const shapeClasses: readonly ShapeClass[] = ['large', 'medium', 'flat', 'narrow', 'small'];

/** The tile of each class. */
export type TileRow = Readonly<Record<ShapeClass, Tile>>;

/**
 * The one table of tiles, by the vendor that the adapter names (`GPUAdapterInfo.vendor`). What was measured stands in
 * docs/decisions/0007-webgpu.md; vendors without a row have the first.
 */
const table: Readonly<Record<string, TileRow>> = {
  '': {
    large: tileOf(64, 64, 16, 8, 4),
    medium: tileOf(32, 64, 16, 4, 4),
    flat: tileOf(16, 64, 16, 4, 4),
    narrow: tileOf(64, 16, 16, 4, 4),
    small: tileOf(32, 32, 16, 4, 4),
  },
};

/** The tiles of a vendor, where a device was not measured. */
export function tilesOf(vendor: string): TileRow {
  return table[vendor] ?? table['']!;
}

/** Rows, and columns, up to which a product is of a class: whatever its tile was found to be. */
const most = { flat: 16, narrow: 16, small: 32, medium: 32 };

/** Workgroups below which a device with many processors is not filled. */
const fewGroups = 128;

/** Terms that a part of a sum should have at least. */
const leastTerms = 256;

/** The tile for outputs of so many rows and columns, `count` times, each the sum of so many terms. */
export function tileFor(
  tiles: TileRow,
  rows: number,
  columns: number,
  terms: number,
  count: number,
): Tile {
  return tiles[classOf(rows, columns, terms, count)];
}

/** The class of such a product. */
export function classOf(rows: number, columns: number, terms: number, count: number): ShapeClass {
  // A long sum is divided, so that it fills the device with large tiles as well.
  const parts = Math.max(Math.floor(terms / leastTerms), 1);
  const groups = (m: number, n: number): number =>
    parts * count * Math.ceil(rows / m) * Math.ceil(columns / n);
  if (rows <= most.flat) return 'flat';
  if (columns <= most.narrow) return 'narrow';
  if (rows <= most.small && columns <= most.small) return 'small';
  if (rows <= most.medium) return 'medium';
  if (groups(64, 64) >= fewGroups) return 'large';
  return groups(32, 64) >= fewGroups / 2 ? 'medium' : 'small';
}

/** Workgroups that fill a device; more parts of a sum than make so many gain nothing. */
const enoughGroups = 512;

/** A sum of `terms` in parts for workgroups of their own. */
export interface Parts {
  readonly count: number;
  /** Terms of each part, a multiple of the tile's k; the last may have fewer. */
  readonly terms: number;
}

/** How a sum is divided where `groups` workgroups compute the outputs: in one part where they are enough. */
export function partsOf(groups: number, terms: number, { k }: Tile): Parts {
  const wanted = Math.min(Math.floor(enoughGroups / groups), Math.floor(terms / leastTerms));
  if (wanted < 2) return { count: 1, terms: Math.max(terms, 1) };
  const each = Math.ceil(terms / wanted / k) * k;
  return { count: Math.ceil(terms / each), terms: each };
}
