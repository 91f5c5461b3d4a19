import { nearestHint } from '@convnet/tensor-core';

import { TileTableError } from '../errors.ts';
import {
  invocationsOf,
  shapeClasses,
  type ShapeClass,
  type Tile,
  type TileRow,
} from '../kernels/tiled/tile.ts';

/** How products and convolutions are divided on one adapter, as `tuneTiles` measures it; it is JSON. */
export interface TileTable {
  readonly version: 1;
  /** The adapter that it was measured on, as the device describes it. */
  readonly adapter: string;
  /**
   * For each class of products the outputs of a workgroup (m x n), the terms of a step (k), and the outputs of an invocation (tm x
   * tn).
   */
  readonly tiles: Readonly<Record<'large' | 'medium' | 'flat' | 'narrow' | 'small', TileShape>>;
}

/** One division: see `TileTable`. */
export interface TileShape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly tm: number;
  readonly tn: number;
}

/** What a device allows a workgroup. */
export interface WorkgroupLimits {
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupStorageSize: number;
}

const sides = ['m', 'n', 'k', 'tm', 'tn'] as const;

/** Why a tile cannot be a kernel on a device; null where it can. */
export function whyNot(tile: Tile, limits: WorkgroupLimits): string | null {
  for (const side of sides) {
    if (!isPowerOfTwo(tile[side]) || tile[side] < 4) return `${side} should be 4, 8, 16, 32, …`;
  }
  if (tile.tm > tile.m || tile.tn > tile.n) return 'tm should be at most m, and tn at most n';
  const invocations = invocationsOf(tile);
  const most = limits.maxComputeInvocationsPerWorkgroup;
  if (invocations > most) return `it has ${invocations} invocations of at most ${most}`;
  // Each invocation stages at least one vector of either factor.
  if ((Math.min(tile.m, tile.n) * tile.k) / 4 < invocations) {
    return `its ${invocations} invocations have fewer vectors than that to fetch`;
  }
  const bytes = (tile.k / 4) * (tile.m + tile.n + 2) * 16;
  const room = limits.maxComputeWorkgroupStorageSize;
  return bytes > room ? `it takes ${bytes} bytes of workgroup memory of ${room}` : null;
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(value) && value > 0 && (value & (value - 1)) === 0;
}

/**
 * The tiles of a table for an adapter.
 * @throws TileTableError for what is no table, has other fields, is of another adapter, or does not fit the device.
 */
export function tilesIn(table: unknown, adapter: string, limits: WorkgroupLimits): TileRow {
  const given = fieldsOf(table, 'tiles', ['version', 'adapter', 'tiles']);
  if (given['version'] !== 1) {
    throw new TileTableError(`of version ${String(given['version'])}, and this package reads 1`);
  }
  if (given['adapter'] !== adapter) {
    throw new TileTableError(
      `measured on '${String(given['adapter'])}', and this adapter is '${adapter}': run tuneTiles here`,
    );
  }
  const classes = fieldsOf(given['tiles'], 'tiles.tiles', shapeClasses);
  const row = {} as Record<ShapeClass, Tile>;
  for (const name of shapeClasses) {
    const where = `tiles.tiles.${name}`;
    const tile = fieldsOf(classes[name], where, sides) as unknown as Tile;
    const problem = whyNot(tile, limits);
    if (problem !== null) throw new TileTableError(`wrong at ${where}: ${problem}`);
    row[name] = { m: tile.m, n: tile.n, k: tile.k, tm: tile.tm, tn: tile.tn };
  }
  return row;
}

/** An object with exactly the given fields. */
function fieldsOf(
  value: unknown,
  where: string,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TileTableError(`no table at ${where}: expected an object with ${names.join(', ')}`);
  }
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue;
    throw new TileTableError(
      `wrong at ${where}: there is no option '${name}'${nearestHint(name, names)}; the options are ${names.join(', ')}`,
    );
  }
  const missing = names.find((name) => !Object.keys(value).includes(name));
  if (missing !== undefined) throw new TileTableError(`wrong at ${where}: ${missing} is missing`);
  return value as Readonly<Record<string, unknown>>;
}
