import { checkCase, type ConformanceCase } from '../case.ts';
import { measureStatistics } from '../statistics/run.ts';
import { nameOf, type Pattern, type StatisticsRule } from '../statistics/rule.ts';

const patterns: readonly Pattern[] = [
  'alternating',
  'ramp',
  'random',
  'constant',
  'outlier',
  'levels',
];
const ratios: readonly number[] = [0, 1, -100, 1e4, -1e4];

/** Every pattern and every ratio. */
function swept(rule: Pick<StatisticsRule, 'op' | 'shape' | 'groups'>): StatisticsRule[] {
  return patterns.flatMap((pattern) =>
    ratios.map((ratio, i) => ({ ...rule, pattern, ratio, scaled: i % 2 === 1 })),
  );
}

/** What is hardest, and what is ordinary. */
function some(rule: Pick<StatisticsRule, 'op' | 'shape' | 'groups'>): StatisticsRule[] {
  return [
    { ...rule, pattern: 'alternating', ratio: 1e4 },
    { ...rule, pattern: 'random', ratio: -1e4, scaled: true },
    { ...rule, pattern: 'outlier', ratio: 100 },
    { ...rule, pattern: 'levels', ratio: -100, scaled: true },
    { ...rule, pattern: 'constant', ratio: 1e4, scaled: true },
  ];
}

const rules: readonly StatisticsRule[] = [
  ...swept({ op: 'batchNorm', shape: [4, 1, 1000] }),
  ...swept({ op: 'batchNorm', shape: [3, 40, 43] }),
  ...swept({ op: 'groupNorm', shape: [2, 12, 5, 7], groups: 4 }),
  ...swept({ op: 'layerNorm', shape: [5, 3, 67] }),
  ...swept({ op: 'variance', shape: [4, 3, 129] }),
  // Few elements, rows that are no multiple of 4, 8 or 16, channels on both sides of a group of columns, few and many
  // rows of each: implementations cut them in different ways.
  ...[
    [2, 3],
    [3, 4],
    [5, 2, 3],
    [1, 6, 17],
    [2, 33, 9],
    [7, 40],
    [3, 31, 11, 13],
    [9, 64, 5, 7],
    [300, 96],
    [16, 520, 20],
    [1, 24, 43, 47],
    [2, 33, 1100],
    [3, 2, 2, 3, 67],
  ].flatMap((shape) => some({ op: 'batchNorm', shape })),
  ...[
    [1, 3, 1000],
    [2, 20, 5, 11],
    [3, 40, 31],
  ].flatMap((shape) => some({ op: 'instanceNorm', shape })),
  ...some({ op: 'groupNorm', shape: [4, 64, 9], groups: 32 }),
  ...some({ op: 'groupNorm', shape: [1, 4, 3, 1111], groups: 1 }),
  ...some({ op: 'layerNorm', shape: [6, 2] }),
  ...some({ op: 'layerNorm', shape: [50, 17] }),
  ...some({ op: 'layerNorm', shape: [3, 1, 4001] }),
  ...some({ op: 'variance', shape: [2, 5] }),
  ...some({ op: 'variance', shape: [1, 17, 33] }),
  ...some({ op: 'variance', shape: [40, 3, 501] }),
  // Many: what rounding does to values that repeat adds up.
  { op: 'batchNorm', shape: [4, 1, 10000], pattern: 'alternating', ratio: 1e4 },
  { op: 'batchNorm', shape: [1, 3, 40000], pattern: 'alternating', ratio: -1e4, scaled: true },
  { op: 'batchNorm', shape: [2, 1024, 150], pattern: 'alternating', ratio: 1e4 },
  { op: 'instanceNorm', shape: [1, 2, 200, 200], pattern: 'levels', ratio: 1e4 },
  { op: 'layerNorm', shape: [1, 40000], pattern: 'alternating', ratio: 1e4 },
  { op: 'variance', shape: [10, 2, 20000], pattern: 'alternating', ratio: 1e4 },
  { op: 'mean', shape: [100, 3, 9], pattern: 'constant', ratio: 1e4 },
  { op: 'mean', shape: [1, 1, 300000], pattern: 'constant', ratio: 1e4 },
  { op: 'mean', shape: [1, 1, 300000], pattern: 'alternating', ratio: 1e4 },
  { op: 'mean', shape: [100000, 3], pattern: 'alternating', ratio: 1e4, scaled: true },
];

/** Means and deviations where the mean is great beside the deviation, in units of what they may be wrong by. */
export const statisticsCases: readonly ConformanceCase[] = rules.map((rule) =>
  checkCase(nameOf(rule), rule.op, async (device) =>
    Object.entries(await measureStatistics(rule, device)).flatMap(([what, error]) =>
      error <= 1 ? [] : [`${what}: error is ${error} of what it may be`],
    ),
  ),
);
