import type { OpenedData } from '../data/opened-data.ts';
import { openData } from '../data/open-data.ts';
import { CliError } from '../errors.ts';
import { readConfig } from '../run/config.ts';
import type { ModelCard } from '../run/model-folder.ts';

/** Options that say which data a trained network meets; without any, those of its own run. */
export interface GivenSource {
  readonly data?: string;
  readonly set?: string;
  readonly folder?: string;
  readonly onError: 'stop' | 'skip';
}

/**
 * Data for a trained network, prepared as those that it was trained with.
 * @throws CliError where they have other classes.
 */
export async function dataFor(
  folder: string,
  card: ModelCard,
  { data, set, folder: files, onError }: GivenSource,
): Promise<OpenedData> {
  const { data: own } = await readConfig(folder);
  const isOwn = data === undefined && set === undefined;
  const { data: _data, set: _set, folder: _folder, ...how } = own;
  const request = isOwn
    ? { ...own, onError }
    : {
        ...how,
        onError,
        ...(data === undefined ? {} : { data }),
        ...(set === undefined ? {} : { set }),
        ...(files === undefined ? {} : { folder: files }),
      };
  const opened = await openData({ ...request, preprocessing: card.preprocessing });
  const [known, found] = [card.classes, opened.classes];
  if (known.length === found.length && known.every((name, i) => name === found[i])) return opened;
  throw new CliError(
    `the network knows the classes ${known.join(', ')}; the data have ${found.join(', ')}`,
  );
}
