import {
  aCount,
  aFiniteNumber,
  ArgumentError,
  checkOptions,
  integerFrom,
  listOf,
  oneOf,
  optionKinds,
  requireKind,
} from '@convnet/tensor-core';

/** Options of `AnchorGenerator`. */
export interface AnchorGeneratorOptions {
  /** For each level of the pyramid the anchors' sides, in pixels (or samples) of the network's input. */
  readonly sizes: readonly (readonly number[])[];
  /** Images: for each level the ratios of height to width. Default [0.5, 1, 2] on all. Signals have none. */
  readonly aspectRatios?: readonly (readonly number[])[];
}

const anchorOptions = optionKinds<AnchorGeneratorOptions>({
  sizes: listOf(listOf(aFiniteNumber)),
  aspectRatios: listOf(listOf(aFiniteNumber)),
});

const extents = listOf(aCount);

const f = Math.fround;

/**
 * Boxes of all sizes and ratios around each place of each feature map. Their corners are rounded to whole numbers, halves to
 * even, and the first is centred on 0: not on the middle of its stride. torchvision's AnchorGenerator.
 */
export class AnchorGenerator {
  readonly dims: number;
  readonly #cells: readonly Float32Array<ArrayBuffer>[];

  /** @throws ArgumentError where the ratios are not one list for each list of sizes. */
  constructor(dims: 1 | 2, options: AnchorGeneratorOptions) {
    requireKind('AnchorGenerator', 'dims', dims, oneOf(1, 2));
    checkOptions('AnchorGenerator', options, anchorOptions, ['sizes']);
    const { sizes, aspectRatios = sizes.map(() => (dims === 1 ? [1] : [0.5, 1, 2])) } = options;
    if (aspectRatios.length !== sizes.length) {
      throw new ArgumentError(
        `AnchorGenerator: expected aspectRatios for each of ${sizes.length} levels, got ${aspectRatios.length}`,
      );
    }
    this.dims = dims;
    this.#cells = sizes.map((own, level) => cellsOf(dims, own, aspectRatios[level]!));
  }

  /** Levels that it has anchors for. */
  get levels(): number {
    return this.#cells.length;
  }

  /** Anchors at each place of a level. @throws ArgumentError for a level that there is not. */
  perPlace(level: number): number {
    requireKind('AnchorGenerator.perPlace', 'level', level, integerFrom(0, this.levels - 1));
    return this.#cells[level]!.length / (2 * this.dims);
  }

  /**
   * The anchors of each level, place by place in row-major order.
   * @param imageSize spatial extents of the padded input; strides are whole parts of it
   * @param grids spatial extents of each level
   * @throws ArgumentError for another number of levels or of axes.
   */
  anchors(
    imageSize: readonly number[],
    grids: readonly (readonly number[])[],
  ): Float32Array<ArrayBuffer>[] {
    requireKind('AnchorGenerator.anchors', 'imageSize', imageSize, extents);
    requireKind('AnchorGenerator.anchors', 'grids', grids, listOf(extents));
    for (const [name, own] of [['imageSize', imageSize] as const, ...grids.entries()]) {
      if (own.length === this.dims) continue;
      throw new ArgumentError(
        `AnchorGenerator.anchors: expected ${this.dims} extents, one for each axis, got ${own.length} for ${
          typeof name === 'number' ? `grids[${name}]` : name
        }`,
      );
    }
    if (grids.length !== this.levels) {
      throw new ArgumentError(
        `AnchorGenerator: expected ${this.levels} feature maps, one for each list of sizes, got ${grids.length}`,
      );
    }
    return grids.map((grid, level) => this.#spread(this.#cells[level]!, imageSize, grid));
  }

  #spread(
    cells: Float32Array,
    imageSize: readonly number[],
    grid: readonly number[],
  ): Float32Array<ArrayBuffer> {
    const { dims } = this;
    const strides = grid.map((extent, axis) => Math.floor(imageSize[axis]! / extent));
    const places = grid.reduce((product, extent) => product * extent, 1);
    const anchors = new Float32Array(places * cells.length);
    for (let place = 0; place < places; place++) {
      let rest = place;
      // Of x, then y: the last axis runs fastest.
      const shifts = Array.from({ length: dims }, (_, i) => {
        const axis = dims - 1 - i;
        const position = rest % grid[axis]!;
        rest = Math.floor(rest / grid[axis]!);
        return position * strides[axis]!;
      });
      for (let k = 0; k < cells.length; k++) {
        anchors[place * cells.length + k] = cells[k]! + shifts[k % dims]!;
      }
    }
    return anchors;
  }
}

/** Anchors around 0: ratio by ratio, size by size. */
function cellsOf(
  dims: 1 | 2,
  sizes: readonly number[],
  ratios: readonly number[],
): Float32Array<ArrayBuffer> {
  const boxes = ratios.flatMap((ratio) => {
    const tall = f(Math.sqrt(f(ratio)));
    const wide = f(1 / tall);
    return sizes.flatMap((size) => {
      const sides = dims === 1 ? [f(size)] : [f(wide * f(size)), f(tall * f(size))];
      const halves = sides.map((side) => roundHalfToEven(side / 2));
      return [...halves.map((half) => -half), ...halves];
    });
  });
  return Float32Array.from(boxes);
}

function roundHalfToEven(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}
