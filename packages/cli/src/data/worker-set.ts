/** A part of the data, as worker threads open it: `openDataset(workerSet, { name: 'openPart', options })`. */
import type { Dataset } from '@convnet/data';

import { openData } from './open-data.ts';
import type { Part, PreparedSample } from './opened-data.ts';
import type { DataRequest } from './request.ts';

/** This module. */
export const workerSet: string = import.meta.url;

export interface WorkerSetOptions {
  readonly request: DataRequest;
  readonly part: Part;
}

export const openPart = async ({
  request,
  part,
}: WorkerSetOptions): Promise<Dataset<PreparedSample>> => (await openData(request))[part];
