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

/** How often each label is placed, the later times with all others in their places. */
const rounds = 4;

/**
 * Places each label beside its point, in turn where it covers the least of the points and of the other labels:
 * right of it, left, below, above or further off along the vertical.
 */
export function placeLabels(points: readonly LabelledPoint[], area: LabelArea): PlacedLabel[] {
  const { fontSize, radius } = area;
  const dots = points.map(({ x, y }) => around(x, y, radius, radius));
  const half = fontSize * 0.6;
  const widthOf = (text: string): number => text.length * fontSize * letterWidth;
  const boxOf = (label: PlacedLabel, text: string): Box => ({
    left: label.x,
    right: label.x + widthOf(text),
    top: label.y - half,
    bottom: label.y + half,
  });
  const frame: Box = { left: 0, right: area.width, top: 0, bottom: area.height };
  const placed = new Map<number, PlacedLabel>();
  for (let round = 0; round < rounds; round++) {
    for (const [i, point] of points.entries()) {
      placed.delete(i);
      const labels = [...placed].map(([other, label]) => boxOf(label, points[other]!.text));
      const taken = [...dots, ...labels];
      const candidates = placesBeside(point, widthOf(point.text), half, radius);
      const costs = candidates.map((label) => {
        const box = boxOf(label, point.text);
        const outside = widthOf(point.text) * 2 * half - overlap(box, frame);
        // Whole pixels, so that rounding errors do not choose between places that are equally good.
        return Math.round(taken.reduce((sum, other) => sum + overlap(box, other), 4 * outside));
      });
      placed.set(i, candidates[costs.indexOf(Math.min(...costs))]!);
    }
  }
  return points.map((_, i) => placed.get(i)!);
}

/** Where a label may stand, the best places first. */
function placesBeside(
  { x, y }: LabelledPoint,
  textWidth: number,
  half: number,
  radius: number,
): PlacedLabel[] {
  const right = x + radius + gap;
  const left = x - radius - gap - textWidth;
  const middle = x - textWidth / 2;
  const above = radius + half;
  return [
    { x: right, y },
    { x: left, y },
    { x: middle, y: y + above },
    { x: middle, y: y - above },
    ...[1, -1, 2, -2].flatMap((step) => [
      { x: right, y: y + step * half },
      { x: left, y: y + step * half },
    ]),
    { x: x - radius, y: y + above },
    { x: x - radius, y: y - above },
    { x: x + radius - textWidth, y: y + above },
    { x: x + radius - textWidth, y: y - above },
  ];
}

function around(x: number, y: number, dx: number, dy: number): Box {
  return { left: x - dx, right: x + dx, top: y - dy, bottom: y + dy };
}
