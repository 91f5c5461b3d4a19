import { openDataset, type Dataset } from '@convnet/data';

import type { OpenedData, Part, PreparedSample } from './opened-data.ts';
import type { DataRequest } from './request.ts';
import { workerSet, type WorkerSetOptions } from './worker-set.ts';

/** A part of the data as worker threads can have it too. What was decided is handed over, so that none looks again. */
export function withWorkers(
  { preprocessing, task, readable }: OpenedData,
  request: DataRequest,
  part: Part,
): Promise<Dataset<PreparedSample>> {
  const options: WorkerSetOptions = {
    request: {
      ...request,
      preprocessing,
      knownTask: task,
      ...(readable === undefined ? {} : { readable }),
    },
    part,
  };
  return openDataset<Dataset<PreparedSample>>(workerSet, { name: 'openPart', options });
}
