import type { BatchPlan } from './batch-plan.ts';
import type { FetchedBatch } from './fetch.ts';

/** A batch of an epoch that has come. */
export interface NumberedBatch {
  readonly batch: number;
  readonly fetched: FetchedBatch;
}

/**
 * The batches of an epoch in order from `first` on, while up to `ahead` more are under way. Of a dataset that does not
 * know its length the end is where a batch lacks samples. `leave` gets what nobody asks for any more, when it comes.
 */
export async function* fetchAhead(
  ahead: number,
  first: number,
  { length, batchSize, dropLast }: BatchPlan,
  fetch: (batch: number) => Promise<FetchedBatch>,
  leave: (left: NumberedBatch) => void,
): AsyncIterableIterator<NumberedBatch> {
  const end = length ?? Infinity;
  const underWay: Promise<FetchedBatch>[] = [];
  let next = first;
  try {
    for (let batch = first; batch < end; batch++) {
      while (underWay.length <= ahead && next < end) {
        const fetching = fetch(next++);
        // It fails where it is awaited; until then nobody listens.
        fetching.catch(() => {});
        underWay.push(fetching);
      }
      const fetched = await underWay.shift()!;
      const isLast = fetched.drawn < batchSize;
      if (fetched.drawn === 0 || (isLast && dropLast)) return;
      yield { batch, fetched };
      if (isLast) return;
    }
  } finally {
    for (const [i, fetching] of underWay.entries()) {
      const batch = next - underWay.length + i;
      fetching.then(
        (fetched) => leave({ batch, fetched }),
        () => {},
      );
    }
  }
}
