import type { SuiteContext } from '../suite.ts';
import type { Row } from './row.ts';

/** What a result is about. */
export type RowSubject = Pick<Row, 'suite' | 'model' | 'dims' | 'inputShape'>;

/** A row of a suite's device without figures yet. */
export function blankRow(
  { device, threads }: Pick<SuiteContext, 'device' | 'threads'>,
  { suite, model, dims, inputShape }: RowSubject,
): Row {
  return {
    suite,
    model,
    dims,
    backend: device.name,
    threads,
    dataset: null,
    inputShape,
    params: null,
    macs: null,
    accuracy: null,
    ms: null,
  };
}
