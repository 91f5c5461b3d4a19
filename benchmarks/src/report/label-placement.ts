/** A point with a name. */
export interface LabelledPoint {
  readonly x: number;
  readonly y: number;
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

export interface LabelArea {
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
  /** Radius of the points. */
  readonly radius: number;
  /** Other points, without names, that are to stay in sight. */
  readonly others?: readonly { readonly x: number; readonly y: number }[];
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
  const dots = [...points, ...(area.others ?? [])].map(({ x, y }) => around(x, y, radius, radius));
  const half = fontSize * 0.6;
  const widthOf = (text: string): number => text.length * fontSize * letterWidth;
  const boxOf = ({ x, y, align }: PlacedLabel, text: string): Box => {
    const left = x - widthOf(text) * shareBefore[align];
    return { left, right: left + widthOf(text), top: y - half, bottom: y + half };
  };
  const frame: Box = { left: 0, right: area.width, top: 0, bottom: area.height };
  const placed = new Map<number, PlacedLabel>();
  for (let round = 0; round < rounds; round++) {
    for (const [i, point] of points.entries()) {
      placed.delete(i);
      const labels = [...placed].map(([other, label]) => boxOf(label, points[other]!.text));
      const taken = [...dots, ...labels];
      const candidates = placesBeside(point, half, radius);
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

/** Share of a text that stands before the place it is aligned at. */
const shareBefore = { left: 0, center: 0.5, right: 1 } as const;

/** Where a label may stand, the best places first. */
function placesBeside({ x, y }: LabelledPoint, half: number, radius: number): PlacedLabel[] {
  const right = { x: x + radius + gap, align: 'left' } as const;
  const left = { x: x - radius - gap, align: 'right' } as const;
  const above = radius + half;
  return [
    { ...right, y },
    { ...left, y },
    { x, align: 'center', y: y + above },
    { x, align: 'center', y: y - above },
    ...[1, -1, 2, -2].flatMap((step) => [
      { ...right, y: y + step * half },
      { ...left, y: y + step * half },
    ]),
    { x: x - radius, align: 'left', y: y + above },
    { x: x - radius, align: 'left', y: y - above },
    { x: x + radius, align: 'right', y: y + above },
    { x: x + radius, align: 'right', y: y - above },
  ];
}

function around(x: number, y: number, dx: number, dy: number): Box {
  return { left: x - dx, right: x + dx, top: y - dy, bottom: y + dy };
}
