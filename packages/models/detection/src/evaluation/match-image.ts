/** Truths of one class in one image. */
export interface ClassTruth {
  readonly count: number;
  /** Whether each stands for many: any number of detections may find it. */
  readonly crowd: readonly boolean[];
  /** Whether each need not be found; crowds need not. */
  readonly ignored: readonly boolean[];
  readonly areas: readonly number[];
}

/** Detections of one class in one image, the best first. */
export interface ClassDetections {
  readonly count: number;
  readonly areas: readonly number[];
  readonly scores: readonly number[];
}

/** What became of the detections at each threshold: true positive, false positive, or left out. */
export type Verdict = 0 | 1 | 2;
export const falsePositive = 0;
export const truePositive = 1;
export const leftOut = 2;

/**
 * Gives each detection, the best first, the truth that it overlaps most of those still free: pycocotools' evaluateImg.
 * Truths that are to be ignored, or of another size than asked for, need not be found, and what finds them is left out, as are
 * detections of another size that find nothing.
 */
export function matchImage(
  detections: ClassDetections,
  truths: ClassTruth,
  ious: Float64Array,
  threshold: number,
  [least, most]: readonly [least: number, most: number],
): { verdicts: Verdict[]; wanted: number } {
  const ignored = truths.areas.map(
    (area, g) => truths.ignored[g] === true || area < least || area > most,
  );
  const order = [...ignored.keys()].sort(
    (a, b) => Number(ignored[a]) - Number(ignored[b]) || a - b,
  );
  const taken = new Set<number>();
  const verdicts: Verdict[] = [];
  for (let d = 0; d < detections.count; d++) {
    let best = -1;
    let overlap = Math.min(threshold, 1 - 1e-10);
    for (const g of order) {
      if (taken.has(g) && truths.crowd[g] !== true) continue;
      // One that counts has been found, and the rest does not.
      if (best >= 0 && !ignored[best]! && ignored[g]!) break;
      const own = ious[d * truths.count + g]!;
      if (own < overlap) continue;
      overlap = own;
      best = g;
    }
    if (best >= 0) {
      taken.add(best);
      verdicts.push(ignored[best]! ? leftOut : truePositive);
    } else {
      const area = detections.areas[d]!;
      verdicts.push(area < least || area > most ? leftOut : falsePositive);
    }
  }
  return { verdicts, wanted: ignored.filter((isIgnored) => !isIgnored).length };
}
