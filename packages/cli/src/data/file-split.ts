import type { FileSource, ListedFiles } from '@convnet/data';

import type { Task } from '../task.ts';

/** Files of one part of the data, with the folder that their paths begin in. */
export interface FilePart {
  readonly source: FileSource;
  readonly listed: ListedFiles;
}

/** Files for training and for testing, and what is to be said of them. */
export interface FileSplit {
  readonly train: FilePart;
  readonly test: FilePart;
  readonly task: Task;
  readonly notes: readonly string[];
}

/** Some of the files of a list, by their numbers. */
export function chosen(listed: ListedFiles, indices: readonly number[]): ListedFiles {
  const { files, labels, classes, targets } = listed;
  return {
    files: indices.map((i) => files[i]!),
    ...(classes === undefined ? {} : { classes }),
    ...(labels === undefined ? {} : { labels: Int32Array.from(indices, (i) => labels[i]!) }),
    ...(targets === undefined ? {} : { targets: indices.map((i) => targets[i]!) }),
  };
}
