/** A point with a name. */
export interface LabelledPoint {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** Where a label stands; `x` is the left end of its text and `y` its vertical middle. */
export interface PlacedLabel {
  readonly x: number;
  readonly y: number;
}

export interface LabelArea {
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
  /** Radius of the points. */
  readonly radius: number;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Mean width of a letter of a sans-serif font, over its size. */
const letterWidth = 0.58;
const gap = 3;

const overlap = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
  Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

/**
 * Places each label beside its point, in turn where it covers the least of the points and of the labels
 * placed before: right of it, left, below, above or further off along the vertical.
 */
export function placeLabels(
  points: readonly LabelledPoint[],
  { width, height, fontSize, radius }: LabelArea,
): PlacedLabel[] {
  const taken: Box[] = points.map(({ x, y }) => around(x, y, radius, radius));
  return points.map(({ x, y, text }) => {
    const half = fontSize * 0.6;
    const textWidth = text.length * fontSize * letterWidth;
    const beside = radius + gap;
    const above = radius + half;
    const lefts = { right: x + beside, left: x - beside - textWidth, middle: x - textWidth / 2 };
    const candidates = [
      { x: lefts.right, y },
      { x: lefts.left, y },
      { x: lefts.middle, y: y + above },
      { x: lefts.middle, y: y - above },
      ...[1, -1, 2, -2].flatMap((step) => [
        { x: lefts.right, y: y + step * half },
        { x: lefts.left, y: y + step * half },
      ]),
    ];
    const boxOf = (label: PlacedLabel): Box => ({
      left: label.x,
      right: label.x + textWidth,
      top: label.y - half,
      bottom: label.y + half,
    });
    const costs = candidates.map((label) => {
      const box = boxOf(label);
      const inside: Box = { left: 0, right: width, top: 0, bottom: height };
      const outside = textWidth * 2 * half - overlap(box, inside);
      // Whole pixels, so that rounding errors do not choose between places that are equally good.
      return Math.round(taken.reduce((sum, other) => sum + overlap(box, other), 4 * outside));
    });
    const best = candidates[costs.indexOf(Math.min(...costs))]!;
    taken.push(boxOf(best));
    return best;
  });
}

function around(x: number, y: number, dx: number, dy: number): Box {
  return { left: x - dx, right: x + dx, top: y - dy, bottom: y + dy };
}
