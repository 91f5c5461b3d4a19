import { openData } from '../data/open-data.ts';
import type { OpenedData } from '../data/opened-data.ts';
import type { DataRequest } from '../data/request.ts';
import { CliError } from '../errors.ts';
import { readData } from '../run/config.ts';
import type { ModelCard } from '../run/model-folder.ts';
import { outputNames, outputNoun, type Task } from '../task.ts';
import { sourceNames } from './given-data.ts';

/** Options that say which data a trained network meets; without any, those of its own run. */
export interface GivenSource extends Pick<DataRequest, (typeof sourceNames)[number]> {
  readonly onError: 'stop' | 'skip';
}

/**
 * Data for a trained network, prepared as those that it was trained with.
 * @throws CliError where they have other classes.
 */
export async function dataFor(
  folder: string,
  card: ModelCard,
  given: GivenSource,
): Promise<OpenedData> {
  const own = await readData(folder);
  const asked = Object.fromEntries(
    sourceNames.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
  );
  const isOwn = given.data === undefined && given.set === undefined;
  const how = Object.fromEntries(
    Object.entries(own).filter(([name]) => !placeNames.some((place) => place === name)),
  ) as unknown as DataRequest;
  const request: DataRequest = { ...(isOwn ? own : how), ...asked, onError: given.onError };
  const { preprocessing, task } = card;
  const opened = await openData({ ...request, preprocessing, knownTask: task });
  requireSameTask(task, opened.task, 'the network knows', 'the data have');
  return opened;
}

/** Options that say where data are; of others, such as the columns of a list, those of the run hold on. */
const placeNames = ['data', 'testData', 'set', 'folder', 'labels', 'testLabels'] as const;

/** @throws CliError that tells both. */
export function requireSameTask(known: Task, found: Task, has: string, gives: string): void {
  const [own, other] = [outputNames(known), outputNames(found)];
  const isSame =
    known.kind === found.kind &&
    own.length === other.length &&
    own.every((name, i) => name === other[i]);
  if (isSame) return;
  throw new CliError(
    `${has} the ${outputNoun[known.kind]} ${own.join(', ')}; ${gives} the ${outputNoun[found.kind]} ${other.join(', ')}`,
  );
}
