import { stat } from 'node:fs/promises';

import { CliError, UsageError } from '../errors.ts';
import { arrayEndings, openArrays } from './arrays.ts';
import { openFolder, type DataContent } from './folder.ts';
import { openImages } from './images.ts';
import type { OpenedData } from './opened-data.ts';
import type { DataRequest } from './request.ts';
import { openSet } from './sets.ts';
import { openSignals } from './signals.ts';
import { openTable, tableEndings } from './tables.ts';

/**
 * Opens what `--data` or `--set` names.
 * @throws UsageError for neither and for both; CliError, and errors of @convnet/data and @convnet/datasets.
 */
export async function openData(request: DataRequest): Promise<OpenedData> {
  const { data, set } = request;
  if (data !== undefined && set !== undefined) {
    throw new UsageError('expected either --data or --set, got both');
  }
  if (set !== undefined) return openSet(set, request);
  if (data === undefined) {
    throw new UsageError(
      'expected --data <path>, such as a folder with a folder for each class, or --set <name>',
    );
  }
  const content = await contentOf(data, request);
  return content.kind === 'image'
    ? openImages(content.sets, request)
    : openSignals(content.sets, request);
}

/** What a path holds: a folder of files, a file with a signal in each row, arrays of NumPy. */
async function contentOf(path: string, request: DataRequest): Promise<DataContent> {
  const entry = await stat(path).catch(() => null);
  if (entry === null || entry.isDirectory()) return openFolder(path, request);
  const has = (endings: readonly string[]): boolean =>
    endings.some((ending) => path.toLowerCase().endsWith(ending));
  if (has(arrayEndings)) return openArrays(path, request);
  if (has(tableEndings)) return { kind: 'signal', sets: await openTable(path, request) };
  throw new CliError(
    `'${path}': expected a folder, a file with a sample in each row (${tableEndings.join(', ')}), ` +
      `or arrays (${arrayEndings.join(', ')})`,
  );
}
