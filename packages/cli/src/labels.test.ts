import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openNumpy } from '@convnet/weights';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { convnetHere, writeRecordings } from './testing/command.ts';

let folder = '';
const home = process.cwd();
const count = 16;
const device = ['--device', 'wasm', '--threads', '1'];
const small = ['--model', 'resnet20', '--option', 'width=4', '--batch-size', '8', ...device];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-cli-'));
  process.chdir(folder);
  await writeRecordings(join(folder, 'recordings'), count);
  const rows = ['high', 'low'].flatMap((name) =>
    Array.from({ length: count }, (_, i) => {
      const isHigh = Number(name === 'high');
      return `${name}/${i}.csv,${isHigh},${1 - isHigh},${isHigh === 1 ? 90 : 20}`;
    }),
  );
  await writeFile('recordings/labels.csv', `file,quick,slow,frequency\n${rows.join('\n')}\n`);
});
afterAll(() => {
  process.chdir(home);
  return rm(folder, { recursive: true, force: true });
});

const train = [
  'train',
  '--data',
  'recordings',
  '--labels',
  'labels.csv',
  '--epochs',
  '8',
  ...small,
];
const files = ['recordings/high/3.csv', 'recordings/low/3.csv'];

async function ran(...args: readonly string[]): Promise<string> {
  const { code, out, error } = await convnetHere(args);
  expect(error).not.toContain('error:');
  expect(code).toBe(0);
  return out;
}

describe('several labels', () => {
  test('are learned, tested and told', async () => {
    const said = await ran(...train, '--targets', 'quick,slow', '--out', 'runs/labels');
    expect(said).toMatch(/^runs\/labels: F1 \S+, ROC-AUC \S+ on the test set\n$/);
    const all = ['eval', 'runs/labels', '--part', 'all', ...device];
    const report = JSON.parse(await ran(...all, '--json')) as { f1: number; perLabel: object };
    expect(report.f1).toBeGreaterThan(0.9);
    expect(Object.keys(report.perLabel)).toEqual(['quick', 'slow']);
    expect(await ran(...all)).toMatch(/^label +precision[\s\S]*^slow +/m);
    const rows = JSON.parse(await ran('predict', 'runs/labels', ...files, '--json', ...device)) as {
      labels: { quick: number; slow: number };
    }[];
    expect(rows[0]!.labels.quick).toBeGreaterThan(0.5);
    expect(rows[0]!.labels.slow).toBeLessThan(0.5);
    expect(rows[1]!.labels.slow).toBeGreaterThan(0.5);
    expect(await ran('predict', 'runs/labels', files[1]!, ...device)).toMatch(/low\/3\.csv +slow/);
  });

  test('a head of them is learned on features, which are written with them', async () => {
    const from = ['--from', 'runs/labels', '--data', 'recordings', '--labels', 'labels.csv'];
    const head = [...from, '--targets', 'quick,slow', '--learn', 'head', '--learning-rate', '0.1'];
    const said = await ran('finetune', ...head, '--epochs', '20', '--out', 'runs/head', ...device);
    expect(said).toMatch(/^runs\/head: F1 (0\.9|1\.0)/);
    const written = await ran('features', 'runs/head', '--out', 'labels.npz', ...device);
    expect(written).toContain('labels.npz: 16 features of 26 and 6 samples');
    const file = await openNumpy('labels.npz');
    const targets = file.tensors.get('test_targets')!;
    expect([targets.dtype, targets.shape]).toEqual(['float32', [6, 2]]);
    await file.close();
  });

  test('have no confusion matrix', async () => {
    const { code, error } = await convnetHere([
      'eval',
      'runs/labels',
      '--confusion',
      'a.svg',
      ...device,
    ]);
    expect(error).toContain('--confusion');
    expect(code).toBe(2);
  });
});

test('quantities are learned, tested and told in their own units', async () => {
  const said = await ran(
    ...train,
    '--targets',
    'frequency',
    '--out',
    'runs/numbers',
    '--patience',
    '8',
  );
  expect(said).toMatch(/^runs\/numbers: mean absolute error \S+, R² \S+ on the test set\n$/);
  const report = JSON.parse(
    await ran('eval', 'runs/numbers', '--part', 'all', '--json', ...device),
  ) as { mae: number; perQuantity: { frequency: { mae: number; r2: number } } };
  expect(report.mae).toBeLessThan(20);
  expect(report.perQuantity.frequency.mae).toBeCloseTo(report.mae, 3);
  const rows = JSON.parse(await ran('predict', 'runs/numbers', ...files, '--json', ...device)) as {
    numbers: { frequency: number };
  }[];
  expect(rows[0]!.numbers.frequency).toBeGreaterThan(60);
  expect(rows[1]!.numbers.frequency).toBeLessThan(50);
  const source = ['--from', 'runs/numbers', '--data', 'recordings', '--labels', 'labels.csv'];
  const head = ['--targets', 'frequency', '--learn', 'head', '--learning-rate', '0.1'];
  const rest = ['--epochs', '20', '--out', 'runs/numbers-head', ...device];
  const tuned = await ran('finetune', ...source, ...head, ...rest);
  expect(tuned).toMatch(/^runs\/numbers-head: mean absolute error [\d.]+, R² (0\.9|1\.0)/);
  await ran('features', 'runs/numbers', '--out', 'numbers.npz', ...device);
  const file = await openNumpy('numbers.npz');
  const targets = file.tensors.get('test_targets')!;
  expect(targets.shape).toEqual([6, 1]);
  const { buffer } = (await targets.bytes()).slice();
  for (const value of new Float32Array(buffer)) {
    expect(Math.min(Math.abs(value - 20), Math.abs(value - 90))).toBeLessThan(1e-4);
  }
  await file.close();
  const log = await readFile('runs/numbers/log.jsonl', 'utf8');
  expect(log).toContain('"monitor":{"name":"mae"');
});

test('a file with a signal in each row is learned from, and predicted row by row, with and without labels', async () => {
  const row = (i: number): string =>
    Array.from({ length: 32 }, (_, t) => Math.sin((0.2 + 0.7 * (i % 2)) * t + i).toFixed(3)).join(
      ',',
    );
  const rows = Array.from({ length: 24 }, (_, i) => row(i));
  await writeFile('beats.csv', rows.map((text, i) => `${text},${'NV'[i % 2]}\n`).join(''));
  await writeFile(
    'new.csv',
    rows
      .slice(0, 4)
      .map((text) => `${text}\n`)
      .join(''),
  );
  const head = Array.from({ length: 32 }, (_, t) => `t${t}`).join(',');
  await writeFile(
    'named.csv',
    [`${head},kind`, ...rows.map((text, i) => `${text},${'NV'[i % 2]}`)].join('\n'),
  );
  await writeFile('new-named.csv', [head, ...rows.slice(0, 4)].join('\n'));
  for (const [name, columns, fresh] of [
    ['beats', [], 'new.csv'],
    ['named', ['--label-column', 'kind'], 'new-named.csv'],
  ] as const) {
    const run = `runs/${name}`;
    await ran(
      'train',
      '--data',
      `${name}.csv`,
      ...columns,
      '--epochs',
      '8',
      ...small,
      '--out',
      run,
    );
    for (const file of [`${name}.csv`, fresh]) {
      const said = JSON.parse(await ran('predict', run, file, '--json', ...device)) as {
        file: string;
        classes: { name: string }[];
      }[];
      expect(said[1]!.file).toBe(`${file}, row 1`);
      expect(said.slice(0, 4).map(({ classes }) => classes[0]!.name)).toEqual(['N', 'V', 'N', 'V']);
    }
  }
});

test('worker threads give the bits that one thread gives', async () => {
  const args = ['train', '--data', 'recordings', '--epochs', '2', ...small];
  await ran(...args, '--out', 'runs/alone');
  await ran(...args, '--out', 'runs/workers', '--workers', '2');
  const [alone, workers] = await Promise.all(
    ['alone', 'workers'].map((run) => readFile(`runs/${run}/model.safetensors`)),
  );
  expect(workers!.equals(alone!)).toBe(true);
});
