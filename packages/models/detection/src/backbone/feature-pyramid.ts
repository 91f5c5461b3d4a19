import { ConvNormActivation, Module, ModuleList, type NormLayer } from '@convnet/layers';
import {
  aBoolean,
  aCount,
  add,
  aFunction,
  ArgumentError,
  aTensor,
  checkOptions,
  interpolate,
  listOf,
  maxPool,
  oneOf,
  optionKinds,
  orNull,
  requireKind,
  type Kind,
  type Tensor,
} from '@convnet/tensor-core';

/** Options of `FeaturePyramid`. */
export interface FeaturePyramidOptions {
  /** Norm behind each convolution. Default: none, and a bias instead. */
  readonly norm?: NormLayer | null;
  /** Adds a level of half the extent: every other element of the last one. Default true. */
  readonly pool?: boolean;
}

/** The kinds of the options, for those who have more. */
export const pyramidKinds: Readonly<Record<keyof FeaturePyramidOptions, Kind>> =
  optionKinds<FeaturePyramidOptions>({
    norm: orNull(aFunction),
    pool: aBoolean,
  });

const someMaps = listOf(aTensor);

/**
 * Maps of one width from feature maps of growing depth: each is what a 1x1 convolution makes of its own map and the nearest
 * elements of the level above, smoothed by a 3x3 convolution. Lin et al., "Feature Pyramid Networks for Object
 * Detection", CVPR 2017. torchvision.ops.FeaturePyramidNetwork with LastLevelMaxPool.
 */
export class FeaturePyramid extends Module<[readonly Tensor[]], Tensor[]> {
  readonly outChannels: number;
  inner_blocks: ModuleList;
  layer_blocks: ModuleList;
  readonly #pool: boolean;

  /**
   * @param inChannels of each map, in the order of their depth
   * @throws ArgumentError for arguments of another kind.
   */
  constructor(
    dims: number,
    inChannels: readonly number[],
    outChannels: number,
    options: FeaturePyramidOptions = {},
  ) {
    super();
    requireKind('FeaturePyramid', 'dims', dims, oneOf(1, 2, 3));
    requireKind('FeaturePyramid', 'inChannels', inChannels, listOf(aCount));
    requireKind('FeaturePyramid', 'outChannels', outChannels, aCount);
    checkOptions('FeaturePyramid', options, pyramidKinds);
    const { norm = null, pool = true } = options;
    this.outChannels = outChannels;
    const layer = { norm, activation: null };
    this.inner_blocks = new ModuleList(
      inChannels.map((channels) => new ConvNormActivation(dims, channels, outChannels, 1, layer)),
    );
    this.layer_blocks = new ModuleList(
      inChannels.map(() => new ConvNormActivation(dims, outChannels, outChannels, 3, layer)),
    );
    this.#pool = pool;
  }

  override forward(maps: readonly Tensor[]): Tensor[] {
    requireKind('FeaturePyramid', 'maps', maps, someMaps);
    const inner = [...this.inner_blocks];
    const outer = [...this.layer_blocks];
    if (maps.length !== inner.length) {
      throw new ArgumentError(`expected ${inner.length} feature maps, got ${maps.length}`);
    }
    const levels: Tensor[] = [];
    let above: Tensor | null = null;
    for (let i = maps.length - 1; i >= 0; i--) {
      const lateral = inner[i]!.forward(maps[i]!);
      above =
        above === null
          ? lateral
          : add(lateral, interpolate(above, { size: lateral.shape.slice(2), mode: 'nearest' }));
      levels.unshift(outer[i]!.forward(above));
    }
    const last = levels[levels.length - 1];
    if (this.#pool && last !== undefined) levels.push(maxPool(last, 1, { stride: 2 }));
    return levels;
  }
}
