import { UsageError } from '../errors.ts';
import { openFolder } from './folder.ts';
import { openImages } from './images.ts';
import type { OpenedData } from './opened-data.ts';
import type { DataRequest } from './request.ts';
import { openSet } from './sets.ts';
import { openSignals } from './signals.ts';

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
    throw new UsageError('expected --data <folder>, with a folder for each class, or --set <name>');
  }
  const content = await openFolder(data, request);
  return content.kind === 'image'
    ? openImages(content.sets, request)
    : openSignals(content.sets, request);
}
