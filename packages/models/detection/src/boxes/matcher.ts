import {
  ArgumentError,
  checkOptions,
  aBoolean,
  instanceOf,
  integerFrom,
  numberFrom,
  optionKinds,
  requireKind,
} from '@convnet/tensor-core';

/** Options of `Matcher`. */
export interface MatcherOptions {
  /** A candidate that overlaps a box at least so much is matched with it. */
  readonly high: number;
  /** One that overlaps none so much is background; between the two it counts for nothing. */
  readonly low: number;
  /**
   * Whether each box also gets the candidates that overlap it most, however little, those with equal overlap included.
   * Default false.
   */
  readonly allowLowQuality?: boolean;
}

const matcherOptions = optionKinds<MatcherOptions>({
  high: numberFrom(0, 1),
  low: numberFrom(0, 1),
  allowLowQuality: aBoolean,
});

const floats = instanceOf('a Float32Array', Float32Array);
const aNumberOf = integerFrom(0);

/** Overlaps no box by `low`. */
export const background = -1;
/** Between the thresholds. */
export const between = -2;

/** Matches candidates with boxes by their overlap. Ren et al., "Faster R-CNN", NIPS 2015, section 3.1.2. */
export class Matcher {
  readonly #options: MatcherOptions;

  constructor(options: MatcherOptions) {
    checkOptions('Matcher', options, matcherOptions, ['high', 'low']);
    if (options.low > options.high) {
      throw new ArgumentError(
        `Matcher: expected low ≤ high, got ${options.low} and ${options.high}`,
      );
    }
    this.#options = options;
  }

  /**
   * For each of `candidates` the number of its box, or `background` or `between`.
   * @param ious [boxes, candidates]
   * @throws ArgumentError for another number of overlaps.
   */
  match(ious: Float32Array, boxes: number, candidates: number): Int32Array<ArrayBuffer> {
    requireKind('Matcher.match', 'ious', ious, floats);
    requireKind('Matcher.match', 'boxes', boxes, aNumberOf);
    requireKind('Matcher.match', 'candidates', candidates, aNumberOf);
    if (ious.length !== boxes * candidates) {
      throw new ArgumentError(
        `Matcher.match: expected ious of ${boxes} boxes and ${candidates} candidates, got ${ious.length} numbers`,
      );
    }
    const matches = new Int32Array(candidates).fill(background);
    if (boxes === 0) return matches;
    const [high, low] = [Math.fround(this.#options.high), Math.fround(this.#options.low)];
    const nearest = new Int32Array(candidates);
    for (let j = 0; j < candidates; j++) {
      let best = -1;
      for (let i = 0; i < boxes; i++) {
        const iou = ious[i * candidates + j]!;
        if (iou > best) {
          best = iou;
          nearest[j] = i;
        }
      }
      matches[j] = best < low ? background : best < high ? between : nearest[j]!;
    }
    if (this.#options.allowLowQuality === true) {
      for (let i = 0; i < boxes; i++) {
        let most = 0;
        for (let j = 0; j < candidates; j++) most = Math.max(most, ious[i * candidates + j]!);
        for (let j = 0; j < candidates; j++) {
          // The candidate goes to the box that it overlaps most, which may be another than this one.
          if (most === ious[i * candidates + j]) matches[j] = nearest[j]!;
        }
      }
    }
    return matches;
  }
}
