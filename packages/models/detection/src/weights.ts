import { torchvisionOrigin, type PretrainedWeights } from '@convnet/layers';

/**
 * A file of published weights of a detector. `loadWeights` of `@convnet/weights` downloads and loads it; names of older files are
 * changed to today's. Images are resized and normalised by the network itself.
 */
export interface DetectionWeights extends Omit<
  PretrainedWeights,
  'accuracy' | 'preprocessing' | 'classes'
> {
  /** Mean average precision on COCO's val2017, in percent. */
  readonly boxMap: number;
  readonly maskMap?: number;
  readonly keypointMap?: number;
  /**
   * What its classes are: the 91 of `cocoClasses` in `@convnet/weights`, or a person with the points of `cocoKeypoints` beside the
   * background.
   */
  readonly classes: 'COCO' | 'COCO persons';
}

/** The files of one builder, by torchvision's names. */
export type DetectionFiles<Name extends string> = Readonly<Record<Name, DetectionWeights>>;

/** What layers were called before torchvision 0.14, by today's names; newer names stay as they are. */
const renames: NonNullable<PretrainedWeights['renames']> = [
  [/^(backbone\.fpn\.(?:inner|layer)_blocks\.\d+)\.(weight|bias)$/, '$1.0.$2'],
  [/^rpn\.head\.conv\.(weight|bias)$/, 'rpn.head.conv.0.0.$1'],
  ...[1, 2, 3, 4].map(
    (number) =>
      [
        new RegExp(`^roi_heads\\.mask_head\\.mask_fcn${number}\\.(weight|bias)$`),
        `roi_heads.mask_head.${number - 1}.0.$1`,
      ] as const,
  ),
];

/** A row of torchvision's table of COCO weights: file, size in MiB, mean average precision in percent. */
function cocoWeights(
  file: string,
  mebibytes: number,
  maps: Pick<DetectionWeights, 'boxMap' | 'maskMap' | 'keypointMap'>,
  builderOptions: DetectionWeights['builderOptions'] & object = {},
): DetectionWeights {
  return {
    ...torchvisionOrigin(file, mebibytes),
    ...maps,
    classes: maps.keypointMap === undefined ? 'COCO' : 'COCO persons',
    renames,
    // Counters of batches, which frozen batch norm has no use for.
    spare: /\.num_batches_tracked$/,
    builderOptions,
  };
}

/** They were trained with an epsilon of 0 in frozen batch norm, which torchvision sets when it loads them. */
const withoutEpsilon = { normEpsilon: 0 };

/* Torchvision's files by the names of its builders (torchvision 0.29). */

/** Torchvision's weight files of `fasterrcnn_resnet50_fpn`. */
export const fasterrcnn_resnet50_fpnWeights: DetectionFiles<'COCO_V1'> = {
  COCO_V1: cocoWeights(
    'fasterrcnn_resnet50_fpn_coco-258fb6c6.pth',
    159.743,
    { boxMap: 37.0 },
    withoutEpsilon,
  ),
};

/** Torchvision's weight files of `fasterrcnn_resnet50_fpn_v2`. */
export const fasterrcnn_resnet50_fpn_v2Weights: DetectionFiles<'COCO_V1'> = {
  COCO_V1: cocoWeights('fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth', 167.104, { boxMap: 46.7 }),
};

/** Torchvision's weight files of `fasterrcnn_mobilenet_v3_large_fpn`. */
export const fasterrcnn_mobilenet_v3_large_fpnWeights: DetectionFiles<'COCO_V1'> = {
  COCO_V1: cocoWeights('fasterrcnn_mobilenet_v3_large_fpn-fb6a3cc7.pth', 74.239, { boxMap: 32.8 }),
};

/** Torchvision's weight files of `fasterrcnn_mobilenet_v3_large_320_fpn`. */
export const fasterrcnn_mobilenet_v3_large_320_fpnWeights: DetectionFiles<'COCO_V1'> = {
  COCO_V1: cocoWeights('fasterrcnn_mobilenet_v3_large_320_fpn-907ea3f9.pth', 74.239, {
    boxMap: 22.8,
  }),
};

/** Torchvision's weight files of `maskrcnn_resnet50_fpn`. */
export const maskrcnn_resnet50_fpnWeights: DetectionFiles<'COCO_V1'> = {
  COCO_V1: cocoWeights(
    'maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth',
    169.84,
    { boxMap: 37.9, maskMap: 34.6 },
    withoutEpsilon,
  ),
};

/** Torchvision's weight files of `maskrcnn_resnet50_fpn_v2`. */
export const maskrcnn_resnet50_fpn_v2Weights: DetectionFiles<'COCO_V1'> = {
  COCO_V1: cocoWeights('maskrcnn_resnet50_fpn_v2_coco-73cbd019.pth', 177.219, {
    boxMap: 47.4,
    maskMap: 41.8,
  }),
};

/** Torchvision's weight files of `keypointrcnn_resnet50_fpn`; the legacy one is from an early epoch. */
export const keypointrcnn_resnet50_fpnWeights: DetectionFiles<'COCO_LEGACY' | 'COCO_V1'> = {
  COCO_LEGACY: cocoWeights('keypointrcnn_resnet50_fpn_coco-9f466800.pth', 226.054, {
    boxMap: 50.6,
    keypointMap: 61.1,
  }),
  COCO_V1: cocoWeights(
    'keypointrcnn_resnet50_fpn_coco-fc266e95.pth',
    226.054,
    { boxMap: 54.6, keypointMap: 65.0 },
    withoutEpsilon,
  ),
};
