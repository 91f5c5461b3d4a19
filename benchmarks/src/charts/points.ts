import type { Row } from '../report/row.ts';
import { meanOf, spreadOf } from '../report/statistics.ts';
import { familyOfModel } from './families.ts';

/** What a chart shows of a row. */
export interface Point {
  /** Position of the row in the report. */
  readonly index: number;
  readonly model: string;
  readonly family: string;
  /** Data set and rank: 'fsdd 1D'. */
  readonly panel: string;
  readonly backend: string;
  readonly accuracy: number;
  /** Standard deviation over the seeds; null with one seed. */
  readonly spread: number | null;
  readonly seeds: number;
  readonly params: number;
  /** Of one forward pass: 2 for each multiply-accumulate. */
  readonly flops: number;
  /** Milliseconds of one sample, where that was measured. */
  readonly inference: number | null;
  /** Seconds of a training: of a core where that is known. */
  readonly training: number | null;
  /** Whether it made fewer passes than the recipe has. */
  readonly isCut: boolean;
}

/** The points of a report's rows; rows without accuracy or MACs have none. */
export function pointsOf(rows: readonly Row[]): Point[] {
  return rows.flatMap((row, index): Point[] => {
    const { model, dims, dataset, backend, accuracy, macs, params, comparison, training } = row;
    if (accuracy === null || macs === null || params === null) return [];
    return [
      {
        index,
        model,
        family: comparison?.family ?? familyOfModel(model),
        panel: `${dataset ?? 'no data'} ${dims}D`,
        backend,
        accuracy,
        spread: spreadOf(row),
        seeds: row.accuracies?.length ?? 1,
        params,
        flops: 2 * macs,
        inference: comparison?.inference.median ?? row.onDevice?.inference.median ?? null,
        training:
          comparison === undefined
            ? (training?.seconds ?? null)
            : meanOf(comparison.seeds.map(({ coreSeconds }) => coreSeconds)),
        isCut: comparison !== undefined && training!.epochs < comparison.recipeEpochs,
      },
    ];
  });
}

/** The points that no other surpasses in accuracy at the same or a smaller cost, the cheapest first. */
export function paretoFront<Item>(
  points: readonly Item[],
  cost: (point: Item) => number,
  gain: (point: Item) => number,
): Item[] {
  const front: Item[] = [];
  for (const point of points.toSorted((a, b) => cost(a) - cost(b) || gain(b) - gain(a))) {
    const best = front.at(-1);
    if (best === undefined || gain(point) > gain(best)) front.push(point);
  }
  return front;
}
