import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { readData } from './run/config.ts';
import { readCard } from './run/model-folder.ts';
import { openData } from './data/open-data.ts';
import type { DataRequest } from './data/request.ts';
import { convnetHere } from './testing/command.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const request = {
  testShare: 0.5,
  onError: 'stop',
  missing: 'refuse',
  augment: false,
  seed: 0,
} satisfies DataRequest;

/** As Excel's "Unicode text". */
const unicodeText = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');

test.each(['rows.txt', 'rows.csv', 'rows.tsv'])('%s in UTF-16', async (name) => {
  const path = join(folder, name);
  const rows = Array.from(
    { length: 8 },
    (_, i) => `${i}\t${i + 1}\t${i * 2}\t${i % 2 ? 'süd' : 'nord'}`,
  );
  await writeFile(path, unicodeText(`a\tb\tc\tlabel\r\n${rows.join('\r\n')}\r\n`));
  const { task, train } = await openData({ ...request, data: path, labelColumn: 'label' });
  expect(task).toEqual({ kind: 'classification', classes: ['nord', 'süd'] });
  expect(train.length).toBe(4);
});

test('a config file in UTF-16, as PowerShell writes it', async () => {
  const path = join(folder, 'config.json');
  await writeFile(path, unicodeText('{ "model": "resnet20", "epoch": 3 }\r\n'));
  const { error } = await convnetHere(['train', '--config', path]);
  expect(error).toMatch(/^error: there is no option in .*, 'epoch' \(did you mean 'epochs'\?\)/);
});

test('the card of a published network, and the log of a run', async () => {
  const run = join(folder, 'published');
  await mkdir(run);
  const card = {
    version: 1,
    architecture: 'resnet20',
    options: { dims: 1, inChannels: 1, numClasses: 2 },
    task: { kind: 'classification', classes: ['nord', 'süd'] },
    preprocessing: { kind: 'signal', channels: 1, length: 8, sampleRate: null },
  };
  const data = { ...request, labelColumn: 'ort', preprocessing: card.preprocessing };
  await writeFile(join(run, 'model.json'), unicodeText(JSON.stringify({ run: { card, data } })));
  expect(await readCard(run)).toEqual(card);
  expect(await readData(run)).toEqual(data);
  const epochs = [1, 2].map((epoch) => ({ event: 'epoch', epoch, loss: 1 / epoch }));
  const lines = epochs.map((line) => `${JSON.stringify(line)}\r\n`).join('');
  await writeFile(join(run, 'log.jsonl'), unicodeText(lines));
  const { code, error } = await convnetHere(['explain', run, '--show', 'curves']);
  expect(error).toBe('');
  expect(code).toBe(0);
});
