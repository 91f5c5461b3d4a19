import type { UrlLike } from '@convnet/tensor-core';
import { makeFolder } from '@convnet/weights/node';
import { appendFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

import type { Callback } from '../fit/reports.ts';
import { jsonLines, type JsonLinesOptions } from '../progress/json-lines.ts';
import { tensorBoard, type TensorBoardOptions } from '../progress/tensor-board.ts';
import { pathOf } from './path-of.ts';

/**
 * `jsonLines` into a file, behind what is there, so that a run that goes on writes into the file of before. Folders are
 * made where they are not there.
 * @throws ArgumentError; the run ends with the file system's error where a line cannot be written.
 */
export function jsonLinesFile(path: string | UrlLike, options: JsonLinesOptions = {}): Callback {
  return jsonLines(appender(pathOf('jsonLinesFile', 'path', path)), options);
}

let files = 0;

/**
 * `tensorBoard` into a new event file of a folder, which `tensorboard --logdir` takes. A run that goes on adds a file of
 * its own.
 * @throws ArgumentError; the run ends with the file system's error where the file cannot be written.
 */
export function tensorBoardFolder(
  folder: string | UrlLike,
  options: TensorBoardOptions = {},
): Callback {
  const path = pathOf('tensorBoardFolder', 'folder', folder);
  const seconds = Math.floor(Date.now() / 1000);
  const name = `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${files++}`;
  return tensorBoard(appender(join(path, name)), options);
}

function appender(path: string): (data: string | Uint8Array) => Promise<void> {
  let isMade = false;
  return async (data) => {
    if (!isMade) await makeFolder(dirname(path));
    isMade = true;
    await appendFile(path, data);
  };
}
