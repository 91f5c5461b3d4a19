/** A point that labels leave in sight. */
export interface SeenPoint {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** A point with a name. */
export interface LabelledPoint extends SeenPoint {
  readonly text: string;
}

/**
 * Where a label stands; `y` is its vertical middle, `x` the end or the middle of its text that `align` names.
 * What the other end is depends on the reader's font.
 */
export interface PlacedLabel {
  readonly x: number;
  readonly y: number;
  readonly align: 'left' | 'center' | 'right';
}

/** Where a label found its place, and what share of it lies on points, counted several times, and other labels. */
export interface FoundPlace extends PlacedLabel {
  readonly covers: number;
}

export interface LabelArea {
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
  /** Other points, without names, that are to stay in sight. */
  readonly others?: readonly SeenPoint[];
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

/** Orders that are tried: which label comes first decides what is left to the others. */
const orders = 12;

/** A point under a name is lost; of a name that another touches something can be read. */
const pointWeight = 6;

/**
 * Places each label beside its point, where it covers the least of the points and of the other labels: right of it, left, below,
 * above or further off along the vertical.
 */
export function placeLabels(points: readonly LabelledPoint[], area: LabelArea): FoundPlace[] {
  const each = points.map((_, i) => i);
  const count = Math.min(orders, points.length);
  const arrangements = Array.from({ length: count }, (_, i) => {
    const start = Math.floor((i * points.length) / count);
    return placedInTurn(points, [...each.slice(start), ...each.slice(0, start)], area);
  });
  const [best] = arrangements.toSorted((a, b) => coveredBy(a) - coveredBy(b));
  return best ?? [];
}

const coveredBy = (places: readonly FoundPlace[]): number =>
  places.reduce((sum, { covers }) => sum + covers, 0);

/** Places labels in an order, each where it is best beside those that stand already. */
function placedInTurn(
  points: readonly LabelledPoint[],
  order: readonly number[],
  { fontSize, others = [], width, height }: LabelArea,
): FoundPlace[] {
  const dots = [...points, ...others].map(around);
  const half = fontSize * 0.6;
  const widthOf = (text: string): number => text.length * fontSize * letterWidth;
  const boxOf = ({ x, y, align }: PlacedLabel, text: string): Box => {
    const left = x - widthOf(text) * shareBefore[align];
    return { left, right: left + widthOf(text), top: y - half, bottom: y + half };
  };
  const frame: Box = { left: 0, right: width, top: 0, bottom: height };
  const placed = new Map<number, FoundPlace>();
  for (let round = 0; round < rounds; round++) {
    for (const i of order) {
      placed.delete(i);
      const { text } = points[i]!;
      const labels = [...placed].map(([other, label]) => boxOf(label, points[other]!.text));
      const candidates = placesBeside(points[i]!, half);
      const costs = candidates.map((label) => {
        const box = boxOf(label, text);
        const outside = widthOf(text) * 2 * half - overlap(box, frame);
        const onDots = dots.reduce((sum, dot) => sum + overlap(box, dot), 0);
        const onLabels = labels.reduce((sum, other) => sum + overlap(box, other), 0);
        // Whole pixels, so that rounding errors do not choose between places that are equally good.
        return Math.max(0, Math.round(pointWeight * onDots + onLabels + 4 * outside));
      });
      const least = Math.min(...costs);
      const covers = least / (widthOf(text) * 2 * half);
      placed.set(i, { ...candidates[costs.indexOf(least)]!, covers });
    }
  }
  return points.map((_, i) => placed.get(i)!);
}

/** Share of a text that stands before the place it is aligned at. */
const shareBefore = { left: 0, center: 0.5, right: 1 } as const;

/** Where a label may stand, the best places first. */
function placesBeside({ x, y, radius }: SeenPoint, half: number): PlacedLabel[] {
  const right = { x: x + radius + gap, align: 'left' } as const;
  const left = { x: x - radius - gap, align: 'right' } as const;
  const above = radius + half;
  return [
    { ...right, y },
    { ...left, y },
    { x, align: 'center', y: y + above },
    { x, align: 'center', y: y - above },
    ...[1, -1, 2, -2, 3, -3].flatMap((step) => [
      { ...right, y: y + step * half },
      { ...left, y: y + step * half },
    ]),
    { x: x - radius, align: 'left', y: y + above },
    { x: x - radius, align: 'left', y: y - above },
    { x: x + radius, align: 'right', y: y + above },
    { x: x + radius, align: 'right', y: y - above },
  ];
}

const around = ({ x, y, radius }: SeenPoint): Box => ({
  left: x - radius,
  right: x + radius,
  top: y - radius,
  bottom: y + radius,
});
