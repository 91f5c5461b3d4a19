import type { ClassImage } from './class-images.ts';
import { falsePositive, matchImage, truePositive, type Verdict } from './match-image.ts';

const spaced = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) =>
    i === count - 1 ? to : i * ((to - from) / (count - 1)) + from,
  );

/** Overlaps from which on a detection is right: 0.5 to 0.95 in steps of 0.05. */
const thresholds: readonly number[] = spaced(0.5, 0.95, 10);
const recalls = spaced(0, 1, 101);
const everything = 1e10;

export type AreaName = 'all' | 'small' | 'medium' | 'large';

/** Areas of COCO, in square pixels. */
const areaRanges: Readonly<Record<AreaName, readonly [least: number, most: number]>> = {
  all: [0, everything],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, everything],
};

/** Of one class, one range of areas and one limit of detections: by threshold. */
interface Curve {
  /** [thresholds, recalls]; null where there is nothing to find. */
  readonly precision: readonly (readonly number[])[] | null;
  readonly recall: readonly number[] | null;
}

/** The curves of a class, each computed when it is asked for. */
export type Curves = (area: AreaName, limit: number) => Curve;

/** @param images the objects of one class */
export function curvesOf(images: readonly ClassImage[]): Curves {
  const known = new Map<string, Curve>();
  const matched = new Map<AreaName, ReturnType<typeof matchImage>[][]>();
  return (area, limit) => {
    const key = `${area} ${limit}`;
    let curve = known.get(key);
    if (curve === undefined) {
      let byThreshold = matched.get(area);
      if (byThreshold === undefined) {
        byThreshold = thresholds.map((threshold) =>
          images.map(({ found, truth, ious }) =>
            matchImage(found, truth, ious, threshold, areaRanges[area]),
          ),
        );
        matched.set(area, byThreshold);
      }
      curve = curveOf(images, byThreshold, limit);
      known.set(key, curve);
    }
    return curve;
  };
}

type MeanOfCurves = (
  curves: readonly Curves[],
  area: AreaName,
  limit: number,
  which?: readonly number[],
) => number;

/** Mean precision over classes, recalls and thresholds (by their numbers); -1 where there is nothing to find. */
export const meanPrecision: MeanOfCurves = meanOf('precision');

/** Mean of the greatest recall over classes and thresholds; -1 where there is nothing to find. */
export const meanRecall: MeanOfCurves = meanOf('recall');

function meanOf(figure: keyof Curve): MeanOfCurves {
  return (curves, area, limit, which = [...thresholds.keys()]) => {
    const values = curves.flatMap((own) => {
      const byThreshold = own(area, limit)[figure];
      return byThreshold === null ? [] : which.flatMap((t) => byThreshold[t]!);
    });
    if (values.length === 0) return -1;
    return values.reduce((total, value) => total + value, 0) / values.length;
  };
}

function curveOf(
  images: readonly ClassImage[],
  byThreshold: readonly (readonly ReturnType<typeof matchImage>[])[],
  limit: number,
): Curve {
  const wanted = byThreshold[0]!.reduce((total, match) => total + match.wanted, 0);
  if (wanted === 0) return { precision: null, recall: null };
  const scores = images.flatMap(({ found }) => found.scores.slice(0, limit));
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
  const tables = byThreshold.map((matches) => {
    const verdicts = matches.flatMap((match) => match.verdicts.slice(0, limit));
    return precisionAtRecalls(
      order.map((i) => verdicts[i]!),
      wanted,
    );
  });
  return {
    precision: tables.map(({ precision }) => precision),
    recall: tables.map(({ recall }) => recall),
  };
}

/** The greatest precision at each recall or beyond it, and the greatest recall. */
function precisionAtRecalls(
  verdicts: readonly Verdict[],
  wanted: number,
): { precision: number[]; recall: number } {
  const reached: number[] = [];
  const precise: number[] = [];
  let [right, wrong] = [0, 0];
  for (const verdict of verdicts) {
    if (verdict === truePositive) right++;
    else if (verdict === falsePositive) wrong++;
    reached.push(right / wanted);
    precise.push(right / (right + wrong + Number.EPSILON));
  }
  for (let i = precise.length - 1; i > 0; i--) {
    precise[i - 1] = Math.max(precise[i - 1]!, precise[i]!);
  }
  let at = 0;
  const precision = recalls.map((recall) => {
    while (at < reached.length && reached[at]! < recall) at++;
    return precise[at] ?? 0;
  });
  return { precision, recall: reached[reached.length - 1] ?? 0 };
}
