import {
  aFunction,
  checkOptions,
  numberAbove,
  optionKinds,
  requireKind,
  type Kernels,
  type Kind,
  type Operand,
  type TensorSpec,
} from '@convnet/tensor-core';

import type { Recorder } from '../commands/recorder.ts';
import {
  classOf,
  nameOf,
  shapeClasses,
  tileOf,
  type ShapeClass,
  type Tile,
  type TileRow,
} from '../kernels/tiled/tile.ts';
import { recorderOf, WebGpuDevice } from '../webgpu.ts';
import { whyNot, type TileTable } from './tile-table.ts';

/** How `tuneTiles` measures. */
export interface TuneOptions {
  /**
   * Seconds for the measurement, pipelines not counted; each tile is measured once at least, on products of an eighth, or
   * less, where a device is too slow for whole ones. Default 20.
   */
  readonly seconds?: number;
  /** Told of each tile as it was measured. */
  readonly onTile?: (measured: MeasuredTile) => void;
}

/** A tile, and how fast the products of its class were. */
export interface MeasuredTile {
  /** The class of products. */
  readonly shapeClass: ShapeClass;
  /** Such as '64x64x16 of 8x4'. */
  readonly tile: string;
  /** 10^9 multiplications and additions a second, 2 for each MAC. */
  readonly gigaflops: number;
}

const tuneOptions = optionKinds<TuneOptions>({ seconds: numberAbove(0), onTile: aFunction });

/** Samples of a tile: more find nothing faster. */
const mostRounds = 200;

const aWebGpuDevice: Kind = {
  expected: 'a device that webgpu() has made',
  accepts: (value) => value instanceof WebGpuDevice,
};

/** Terms of the shortest sums that say something of a tile: several steps of it. */
const leastTerms = 64;

/** Rows, and columns, of the largest tile: the longer side of a product is not cut below it. */
const leastSide = 128;

/** Rows, columns and terms of a product. */
type Size = readonly [rows: number, columns: number, terms: number];

/** The product that stands for its class. */
type Sizes = Readonly<Record<ShapeClass, Size>>;

/** As convolutions of classifiers have them: of 64 to 512 channels, of 32, of few, fully connected, and of tiny maps. */
const sizesOfNetworks: Sizes = {
  large: [1024, 2048, 576],
  medium: [32, 8192, 288],
  flat: [16, 8192, 144],
  narrow: [1024, 16, 1024],
  small: [32, 32, 4096],
};

/** What is tried for each class, beside the tile that it has. */
const candidates: Readonly<Record<ShapeClass, readonly Tile[]>> = {
  large: [
    tileOf(64, 64, 16, 4, 4),
    tileOf(64, 64, 16, 8, 8),
    tileOf(64, 64, 8, 8, 4),
    tileOf(64, 128, 16, 8, 4),
    tileOf(128, 64, 16, 8, 8),
    tileOf(128, 128, 8, 8, 8),
    tileOf(32, 64, 16, 4, 4),
  ],
  medium: [
    tileOf(32, 64, 16, 8, 4),
    tileOf(32, 128, 16, 4, 4),
    tileOf(32, 128, 16, 8, 4),
    tileOf(32, 32, 16, 4, 4),
  ],
  flat: [
    tileOf(16, 128, 16, 4, 4),
    tileOf(16, 128, 16, 4, 8),
    tileOf(16, 64, 32, 4, 4),
    tileOf(16, 32, 16, 4, 4),
  ],
  narrow: [
    tileOf(128, 16, 16, 8, 4),
    tileOf(64, 16, 32, 4, 4),
    tileOf(128, 16, 32, 4, 4),
    tileOf(32, 16, 16, 4, 4),
  ],
  small: [tileOf(32, 32, 32, 4, 4), tileOf(16, 32, 16, 4, 4), tileOf(16, 16, 16, 4, 4)],
};

/**
 * Measures on this device how its products and convolutions are best divided. The result is JSON, to be kept and given to
 * `webgpu({ tiles })`; the device itself goes on as it was. Nothing else should use the device meanwhile.
 * @throws ArgumentError; what reading throws where the device fails, such as DeviceLostError.
 */
export async function tuneTiles(
  device: WebGpuDevice,
  options: TuneOptions = {},
): Promise<TileTable> {
  requireKind('tuneTiles', 'device', device, aWebGpuDevice);
  checkOptions('tuneTiles', options, tuneOptions);
  return measureTiles(device, options, sizesOfNetworks);
}

/** As `tuneTiles`, with the products to measure. */
export async function measureTiles(
  device: WebGpuDevice,
  { seconds = 20, onTile }: TuneOptions,
  sizes: Sizes,
): Promise<TileTable> {
  const recorder = recorderOf(device);
  const found: Partial<Record<ShapeClass, Tile>> = {};
  for (const shapeClass of shapeClasses) {
    const own = recorder.limits.tiles[shapeClass];
    const tried = [own, ...candidates[shapeClass]].filter(
      (tile, i, all) =>
        whyNot(tile, recorder.gpu.limits) === null &&
        all.findIndex((other) => nameOf(other) === nameOf(tile)) === i,
    );
    const share = (seconds * 1000) / shapeClasses.length;
    const rates = await ratesOf(recorder, device, shapeClass, tried, sizes[shapeClass], share);
    tried.forEach((tile, i) => {
      onTile?.({ shapeClass, tile: nameOf(tile), gigaflops: rates[i]! });
    });
    found[shapeClass] = tried[rates.indexOf(Math.max(...rates))]!;
  }
  return { version: 1, adapter: recorder.adapter, tiles: found as TileRow };
}

/**
 * The best rate of each tile in 10^9 multiplications and additions a second, measured within about so many milliseconds, in turns
 * so that what else the machine does meets all alike.
 */
async function ratesOf(
  recorder: Recorder,
  device: WebGpuDevice,
  shapeClass: ShapeClass,
  tried: readonly Tile[],
  size: Size,
  share: number,
): Promise<number[]> {
  const { backend } = device;
  const kernels = backend.kernels as Kernels;
  const filled = (extents: readonly number[]): Operand => {
    const values = new Float32Array(extents[0]! * extents[1]!).fill(0.5);
    const spec: TensorSpec = { shape: extents, dtype: 'float32' };
    return { ...spec, buffer: backend.upload(values, spec) };
  };
  const before = recorder.limits;
  const sample = async (tile: Tile, repeats: number, [a, b]: Factors): Promise<number> => {
    const out: TensorSpec = { shape: [a.shape[0]!, b.shape[1]!], dtype: 'float32' };
    recorder.limits = { ...before, tiles: { ...before.tiles, [shapeClass]: tile } };
    try {
      const start = performance.now();
      for (let i = 1; i < repeats; i++) {
        backend.free(kernels.matmul(a, b, null, { a: false, b: false }, out));
      }
      const buffer = kernels.matmul(a, b, null, { a: false, b: false }, out);
      await backend.read({ ...out, buffer }).finally(() => backend.free(buffer));
      return performance.now() - start;
    } finally {
      recorder.limits = before;
    }
  };
  /** What `measure` gives on factors of such a product. */
  const onFactors = async <T>(
    [rows, columns, terms]: Size,
    measure: (factors: Factors) => Promise<T>,
  ): Promise<T> => {
    const factors = [filled([rows, terms]), filled([terms, columns])] as const;
    try {
      return await measure(factors);
    } finally {
      for (const { buffer } of factors) backend.free(buffer);
    }
  };
  const fewTerms = withFewTerms(size);
  const least = withShortSide(fewTerms);
  // The first run makes pipelines; how long the second takes says about how long larger products take.
  const ofLeast = await onFactors(least, async (factors) => {
    await sample(tried[0]!, 1, factors);
    return sample(tried[0]!, 1, factors);
  });
  const timeOf = (product: Size): number => (ofLeast * macsOf(product)) / macsOf(least);
  // Each tile runs twice at least, the first time to make its pipelines.
  const measured =
    [size, fewTerms].find((product) => 2 * tried.length * timeOf(product) <= share) ?? least;
  return onFactors(measured, async (factors) => {
    for (const tile of tried) await sample(tile, 1, factors);
    const once = measured === least ? ofLeast : await sample(tried[0]!, 1, factors);
    const repeats = Math.max(1, Math.min(64, Math.floor(share / tried.length / 4 / once)));
    const times = tried.map(() => Infinity);
    const end = performance.now() + share;
    for (let round = 0; round === 0 || (round < mostRounds && performance.now() < end); round++) {
      for (const [i, tile] of tried.entries()) {
        times[i] = Math.min(times[i]!, (await sample(tile, repeats, factors)) / repeats);
      }
    }
    return times.map((time) => (2 * macsOf(measured)) / time / 1e6);
  });
}

type Factors = readonly [Operand, Operand];

const macsOf = ([rows, columns, terms]: Size): number => rows * columns * terms;

/** An eighth of the terms, or as few as say something. */
const withFewTerms = ([rows, columns, terms]: Size): Size => [
  rows,
  columns,
  Math.min(terms, Math.max(terms / 8, leastTerms)),
];

/** An eighth of the longer side, or as little as a product of its class has. */
function withShortSide(size: Size): Size {
  let found = size;
  for (let halvings = 0; halvings < 3; halvings++) {
    const [rows, columns, terms] = found;
    const shorter: Size = rows > columns ? [rows / 2, columns, terms] : [rows, columns / 2, terms];
    if (Math.max(...shorter.slice(0, 2)) < leastSide) break;
    if (classOf(...shorter, 1) !== classOf(...size, 1)) break;
    found = shorter;
  }
  return found;
}
