import { basename } from 'node:path';

import { tableEndings } from '../data/tables.ts';
import type { RunConfig } from './config.ts';
import type { ModelCard } from './model-folder.ts';

/** What `convnet publish` keeps of a run, so that the package serves as one. */
export interface PublishedRun {
  readonly card: ModelCard;
  readonly data: RunConfig['data'];
}

/** Where files were on the machine that trained, which is nobody's business, and which of them could be read. */
const left = ['data', 'testData', 'folder', 'labels', 'testLabels', 'readable'];

/** What is published of a run. */
export function publishedRun(card: ModelCard, { data }: RunConfig): PublishedRun {
  const kept = Object.fromEntries(Object.entries(data).filter(([name]) => !left.includes(name)));
  const file = data.data ?? '';
  // That it was a table says how other files are read.
  const isTable = tableEndings.some((ending) => file.toLowerCase().endsWith(ending));
  return {
    card,
    data: { ...kept, ...(isTable && { data: basename(file) }) } as RunConfig['data'],
  };
}
