import type { OpenedData } from '../data/opened-data.ts';
import { inputShapeOf } from '../data/preprocessing.ts';
import type { DataRequest } from '../data/request.ts';
import { tellLeftOut } from '../left-out.ts';
import { outputNames, outputNoun } from '../task.ts';
import type { Terminal } from '../terminal.ts';

/** Options that say which data are meant, as commander gives them. */
export const sourceNames = [
  'data',
  'testData',
  'set',
  'folder',
  'labels',
  'testLabels',
  'pathColumn',
  'labelColumn',
  'targets',
  'task',
  'groupColumn',
  'skipColumns',
  'channels',
] as const;

/** The options of `dataOptions`, as commander gives them. */
export interface GivenData extends Omit<
  DataRequest,
  'preprocessing' | 'knownTask' | 'readable' | 'seed'
> {
  readonly seed: number;
  readonly workers: number;
}

/** Of all options of a command those about the data. */
export function dataRequestOf(given: GivenData): DataRequest {
  const { testShare, onError, missing, augment, seed } = given;
  const optional = (
    [...sourceNames, 'dims', 'size', 'length', 'sampleRate', 'timeColumn', 'group'] as const
  )
    .filter((name) => given[name] !== undefined)
    .map((name) => [name, given[name]]);
  return { ...Object.fromEntries(optional), testShare, onError, missing, augment, seed };
}

/** Tells what was found. */
export function tellData(
  { train, test, task, preprocessing, notes, leftOut }: OpenedData,
  { error }: Terminal,
): void {
  error.write(
    `${train.length} samples to train with, ${test.length} to test with, of ${outputNames(task).length} ${outputNoun[task.kind]}; ` +
      `input [${inputShapeOf(preprocessing).join(', ')}]\n`,
  );
  for (const note of notes) error.write(`${note}\n`);
  const files = leftOut.map(({ file, reason }) => ({ source: file, reason }));
  tellLeftOut('file', files, { error });
}
