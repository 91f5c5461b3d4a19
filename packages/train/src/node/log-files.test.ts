import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DataLoader } from '@convnet/data';
import { SGD } from '@convnet/optim';
import { reference } from '@convnet/tensor-core/reference';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { fit } from '../fit/fit.ts';
import { perceptron, quadrants } from '../testing/test-support.ts';
import { jsonLinesFile, tensorBoardFolder } from './log-files.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'convnet-train-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('logs are written into folders that are made, and runs behind one another', async () => {
  const device = reference();
  const lines = join(folder, 'logs', 'run.jsonl');
  const board = join(folder, 'board', 'a');
  for (let run = 0; run < 2; run++) {
    const model = perceptron(device);
    await fit(model, {
      train: new DataLoader(quadrants(16), { batchSize: 8, device }),
      optimizer: new SGD(model.parameters(), { learningRate: 0.1 }),
      epochs: 1,
      callbacks: [jsonLinesFile(lines, { everySteps: 1 }), tensorBoardFolder(board)],
    });
  }
  const texts = readFileSync(lines, 'utf8').trimEnd().split('\n');
  const found = texts.map((line) => (JSON.parse(line) as { readonly event: string }).event);
  const once = ['start', 'step', 'step', 'epoch', 'end'];
  expect(found).toEqual([...once, ...once]);
  const files = readdirSync(board);
  expect(files).toHaveLength(2);
  for (const file of files) {
    expect(file).toMatch(/^events\.out\.tfevents\.\d{10}\./);
    expect(readFileSync(join(board, file)).toString('latin1')).toContain('brain.Event:2');
  }
});
