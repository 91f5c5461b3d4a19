import { torchvisionFile, type PretrainedFiles, type Preprocessing } from '@convnet/layers';

/** Of each frame, whose sides become exactly 128 and 171 before the middle is cut out. */
const preprocessing: Preprocessing = {
  resize: [128, 171],
  crop: 112,
  interpolation: 'bilinear',
  mean: [0.43216, 0.394666, 0.37645],
  std: [0.22803, 0.22145, 0.216989],
};

/**
 * A row of torchvision's table of Kinetics-400 weights: file, size in MiB, top-1 and top-5 accuracy in percent, of videos,
 * each of which is seen as five clips of 16 frames at 15 frames a second.
 */
function kineticsWeights(
  file: string,
  mebibytes: number,
  top1: number,
  top5: number,
): PretrainedFiles<'KINETICS400_V1'> {
  return {
    KINETICS400_V1: {
      ...torchvisionFile(file, mebibytes, preprocessing),
      accuracy: { top1, top5 },
      classes: 'Kinetics-400',
    },
  };
}

/* Torchvision's files by the names of its builders (torchvision 0.29). */

/** Torchvision's weight files of `r3d_18`. */
export const r3d_18Weights: PretrainedFiles<'KINETICS400_V1'> = kineticsWeights(
  'r3d_18-b3b3357e.pth',
  127.359,
  63.2,
  83.479,
);

/** Torchvision's weight files of `mc3_18`. */
export const mc3_18Weights: PretrainedFiles<'KINETICS400_V1'> = kineticsWeights(
  'mc3_18-a90a0ba3.pth',
  44.672,
  63.96,
  84.13,
);

/** Torchvision's weight files of `r2plus1d_18`. */
export const r2plus1d_18Weights: PretrainedFiles<'KINETICS400_V1'> = kineticsWeights(
  'r2plus1d_18-91a641e6.pth',
  120.318,
  67.463,
  86.175,
);
