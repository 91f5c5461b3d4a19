import { groupNorm, instanceNorm, layerNorm, rmsNorm, squash } from '@convnet/tensor-core';
import { fixed, uniform } from '../inputs.ts';
import type { Program } from '../program.ts';

const groups: readonly (readonly [shape: readonly number[], groups: number])[] = [
  [[2, 6, 5], 3],
  // Three values in a group: of two, the gradient is what rounding leaves of zero.
  [[3, 6], 2],
  [[2, 6, 3, 4], 1],
  [[1, 6, 3, 4], 6],
  [[2, 15, 2, 3, 2], 5],
  [[0, 6, 3], 2],
];

const groupNorms: Program[] = groups.flatMap(([shape, numGroups]): Program[] => [
  {
    name: `groupNorm of [${shape.join(', ')}] in ${numGroups} groups`,
    op: 'groupNorm',
    inputs: [uniform(shape, -1, 3), uniform([shape[1]!], 0.5, 1.5), uniform([shape[1]!])],
    body: (x, weight, bias) => groupNorm(x, numGroups, { weight, bias }),
  },
  {
    name: `groupNorm of [${shape.join(', ')}] in ${numGroups} groups without weight and bias`,
    op: 'groupNorm',
    inputs: [uniform(shape, -1, 3)],
    body: (x) => groupNorm(x, numGroups, { epsilon: 1e-3 }),
  },
]);

const layers: readonly (readonly [shape: readonly number[], normalized: readonly number[]])[] = [
  [[5], [5]],
  [[3, 7], [7]],
  [
    [2, 3, 4],
    [3, 4],
  ],
  [
    [2, 4, 3, 5],
    [4, 3, 5],
  ],
  [[0, 4], [4]],
];

const layerNorms: Program[] = layers.flatMap(([shape, normalized]): Program[] => [
  {
    name: `layerNorm of [${shape.join(', ')}] over [${normalized.join(', ')}]`,
    op: 'layerNorm',
    inputs: [uniform(shape, -1, 3), uniform(normalized, 0.5, 1.5), uniform(normalized)],
    body: (x, weight, bias) => layerNorm(x, normalized, { weight, bias }),
  },
  {
    name: `rmsNorm of [${shape.join(', ')}] over [${normalized.join(', ')}]`,
    op: 'rmsNorm',
    inputs: [uniform(shape, -1, 3), uniform(normalized, 0.5, 1.5)],
    body: (x, weight) => rmsNorm(x, normalized, { weight }),
  },
]);

const instances: readonly (readonly number[])[] = [
  [2, 3, 7],
  [1, 1, 4, 5],
  [3, 5, 3, 2],
  [2, 3, 2, 3, 4],
  [0, 3, 4, 4],
];

const instanceNorms: Program[] = instances.flatMap((shape) =>
  [true, false].flatMap((useInputStats) =>
    [true, false].map((running): Program => ({
      name:
        `instanceNorm of [${shape.join(', ')}] by ${useInputStats ? 'its own' : 'running'} statistics ` +
        (running ? 'with' : 'without running ones, weight and bias'),
      op: 'instanceNorm',
      inputs: [
        uniform(shape, -1, 3),
        uniform([shape[1]!], 0.5, 1.5),
        uniform([shape[1]!]),
        fixed(uniform([shape[1]!])),
        fixed(uniform([shape[1]!], 0.5, 2)),
      ],
      body: (x, weight, bias, runningMean, runningVar) => {
        const state = running
          ? { weight, bias, runningMean, runningVar }
          : { weight: null, bias: null, runningMean: null, runningVar: null };
        const y = instanceNorm(x, state, { useInputStats, momentum: 0.3 });
        return running ? [y, runningMean, runningVar] : y;
      },
    })),
  ),
);

const squashes: Program[] = [
  [[4], 0] as const,
  [[2, 5, 8], -1] as const,
  [[2, 5, 3], 1] as const,
].map(([shape, axis]) => ({
  name: `squash of [${shape.join(', ')}] along ${axis}`,
  op: 'squash',
  inputs: [uniform(shape, -2, 2)],
  body: (x) => squash(x, axis),
}));

/** Normalisations of each sample by itself. */
export const rowNormPrograms: readonly Program[] = [
  ...groupNorms,
  ...layerNorms,
  ...instanceNorms,
  ...squashes,
];
