/**
 * The classes of COCO in the order of the outputs of detectors trained on it, by torchvision's names: 80 objects, the background, and
 * 'N/A' for ten ids that the data set has given up.
 */
export const cocoClasses: readonly string[] = `
__background__|person|bicycle|car|motorcycle|airplane|bus|train|truck|boat|traffic light|fire hydrant|N/A|
stop sign|parking meter|bench|bird|cat|dog|horse|sheep|cow|elephant|bear|zebra|giraffe|N/A|backpack|umbrella|
N/A|N/A|handbag|tie|suitcase|frisbee|skis|snowboard|sports ball|kite|baseball bat|baseball glove|skateboard|
surfboard|tennis racket|bottle|N/A|wine glass|cup|fork|knife|spoon|bowl|banana|apple|sandwich|orange|broccoli|
carrot|hot dog|pizza|donut|cake|chair|couch|potted plant|bed|N/A|dining table|N/A|N/A|toilet|N/A|tv|laptop|
mouse|remote|keyboard|cell phone|microwave|oven|toaster|sink|refrigerator|N/A|book|clock|vase|scissors|
teddy bear|hair drier|toothbrush`
  .replaceAll('\n', '')
  .split('|');

/** The keypoints of a person in COCO, in their order. */
export const cocoKeypoints: readonly string[] = [
  'nose',
  'left_eye',
  'right_eye',
  'left_ear',
  'right_ear',
  'left_shoulder',
  'right_shoulder',
  'left_elbow',
  'right_elbow',
  'left_wrist',
  'right_wrist',
  'left_hip',
  'right_hip',
  'left_knee',
  'right_knee',
  'left_ankle',
  'right_ankle',
];

/** Pairs of them that lines join in a picture, by their numbers from 0, as COCO's files have it. */
export const cocoSkeleton: readonly (readonly [number, number])[] = [
  [15, 13],
  [13, 11],
  [16, 14],
  [14, 12],
  [11, 12],
  [5, 11],
  [6, 12],
  [5, 6],
  [5, 7],
  [6, 8],
  [7, 9],
  [8, 10],
  [1, 2],
  [0, 1],
  [0, 2],
  [1, 3],
  [2, 4],
  [3, 5],
  [4, 6],
];
