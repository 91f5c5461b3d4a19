import { Linear } from '@convnet/layers';
import { ConvnetError } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { alsoTakes, describePublicCalls, named, type Samples } from '@convnet/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';

import * as node from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'convnet-train-'));
// What is written to any path is written there.
const before = process.cwd();
process.chdir(folder);

afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

/** Parts of a checkpoint, by any names. */
class Parts {
  readonly model = new Linear(1, 1, { device: reference() });
}

const path = (name: string, of: string): unknown =>
  named(name, alsoTakes(join(folder, of), 'any string'));

const samples: Samples = {
  folderStore: () => [path('path', 'checkpoints')],
  saveCheckpoint: () => [
    path('path', 'own.safetensors'),
    named('parts', alsoTakes(new Parts(), 'object')),
  ],
  jsonLinesFile: () => [path('path', 'run.jsonl'), { everySteps: 1 }],
  tensorBoardFolder: () => [path('folder', 'board'), { everySteps: 1 }],
};

describe('public calls of train/node', () => {
  describePublicCalls({
    exports: node,
    samples,
    errorClass: ConvnetError,
    folder: join(import.meta.dirname, '..'),
  });
});
