import type { Row } from '../report/row.ts';

/** Names what a row is about, but for the seed: a network on a set. */
export const subjectOf = ({
  model,
  dims,
  dataset,
}: Pick<Row, 'model' | 'dims' | 'dataset'>): string => JSON.stringify([model, dims, dataset]);
