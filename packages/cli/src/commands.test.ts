import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { reference } from '@convnet/tensor-core/reference';
import { openNumpy } from '@convnet/weights';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { loadModel, readCard } from './run/model-folder.ts';
import { convnet, writeRecordings, type Ended } from './testing/command.ts';

let folder = '';
let first: Ended;

const small = ['--option', 'width=8', '--threads', '1', '--device', 'wasm'];
const trained = ['train', '--data', 'recordings', '--out', 'runs/a', '--epochs', '12'].concat(
  ['--batch-size', '8'],
  small,
);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-cli-'));
  await writeRecordings(join(folder, 'recordings'));
  first = await convnet(folder, trained);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface EvalReport {
  readonly accuracy: number;
  readonly samples: number;
  readonly confusion: readonly (readonly number[])[];
}

async function evaluated(run: string, ...args: readonly string[]): Promise<EvalReport> {
  const { code, out, error } = await convnet(folder, ['eval', run, '--json', ...args]);
  expect(error).not.toContain('error:');
  expect(code).toBe(0);
  return JSON.parse(out) as EvalReport;
}

test('train learns, and writes a folder that holds all that is needed', async () => {
  expect(first.error).toContain('epoch 12/12');
  expect(first.out).toMatch(/^runs\/a: accuracy [\d.]+ % on the test set\n$/);
  expect(first.code).toBe(0);
  expect((await readdir(join(folder, 'runs/a'))).sort()).toEqual([
    'checkpoints',
    'config.json',
    'log.jsonl',
    'model.json',
    'model.safetensors',
  ]);
  const card = await readCard(join(folder, 'runs/a'));
  expect(card).toMatchObject({
    architecture: 'resnet18',
    task: { kind: 'classification', classes: ['high', 'low'] },
    preprocessing: { kind: 'signal', length: 64, channels: 1 },
  });
  const model = await loadModel(join(folder, 'runs/a'), card, reference());
  expect(model.stateDict().has('layer1.0.conv1.weight')).toBe(true);
});

test('eval tests the files that were kept back, or others', async () => {
  const kept = await evaluated('runs/a');
  expect(kept.samples).toBe(6);
  const card = await readCard(join(folder, 'runs/a'));
  expect(kept.accuracy).toBe(card.test.accuracy);
  const all = await evaluated('runs/a', '--part', 'all', '--confusion', 'confusion.svg');
  expect(all.samples).toBe(32);
  expect(all.accuracy).toBeGreaterThan(0.8);
  const rows = all.confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  expect(rows).toEqual([16, 16]);
  expect(await readFile(join(folder, 'confusion.svg'), 'utf8')).toMatch(/^<svg/);
});

test('predict says of files and folders what they are', async () => {
  const { code, out } = await convnet(folder, [
    'predict',
    'runs/a',
    'recordings/low',
    'recordings/high/3.csv',
    '--json',
    '--top',
    '2',
  ]);
  expect(code).toBe(0);
  const rows = JSON.parse(out) as {
    file: string;
    classes: { name: string; probability: number }[];
  }[];
  expect(rows).toHaveLength(17);
  expect(rows[16]!.file).toBe('recordings/high/3.csv');
  const right = rows.filter(({ file, classes }) => file.includes(`/${classes[0]!.name}/`));
  expect(right.length).toBeGreaterThan(13);
  expect(rows[0]!.classes[0]!.probability + rows[0]!.classes[1]!.probability).toBeCloseTo(1, 5);
});

test('a run that Ctrl-C ended goes on, and ends as one that was not interrupted', async () => {
  const args = trained.map((arg) => (arg === 'runs/a' ? 'runs/b' : arg));
  let isSent = false;
  const stopped = await convnet(folder, args, (error, interrupt) => {
    if (isSent || !error.includes('epoch 1/12')) return;
    isSent = true;
    interrupt();
  });
  expect(stopped.error).toContain('convnet resume runs/b');
  expect(stopped.error).toMatch(/^stopped after \d+ steps, as it was interrupted$/m);
  expect(stopped.code).toBe(130);
  expect(await readdir(join(folder, 'runs/b'))).not.toContain('model.json');
  const resumed = await convnet(folder, ['resume', 'runs/b', '--threads', '1']);
  expect(resumed.error).toContain('goes on from');
  expect(resumed.code).toBe(0);
  const [a, b] = await Promise.all(
    ['a', 'b'].map((run) => readFile(join(folder, 'runs', run, 'model.safetensors'))),
  );
  expect(b!.equals(a!)).toBe(true);
});

test('finetune begins with the weights of a run; head leaves all others as they are', async () => {
  const common = ['finetune', '--from', 'runs/a', '--data', 'recordings', '--epochs', '2'];
  const head = await convnet(folder, [...common, '--learn', 'head', '--out', 'runs/head']);
  expect(head.code).toBe(0);
  const all = await convnet(folder, [...common, '--out', 'runs/all']);
  expect(all.code).toBe(0);
  const device = reference();
  const valuesOf = async (run: string, key: string): Promise<number[]> => {
    const path = join(folder, run);
    const model = await loadModel(path, await readCard(path), device);
    return Array.from(await model.stateDict().get(key)!.data(), Number);
  };
  const key = 'layer4.1.conv2.weight';
  expect(await valuesOf('runs/head', key)).toEqual(await valuesOf('runs/a', key));
  expect(await valuesOf('runs/all', key)).not.toEqual(await valuesOf('runs/a', key));
  expect(await valuesOf('runs/head', 'fc.weight')).not.toEqual(
    await valuesOf('runs/a', 'fc.weight'),
  );
});

test('finetune --learn head trains a head that is no linear layer through the frozen network', async () => {
  const tiny = ['--model', 'squeezenet1_1', '--batch-size', '8', '--threads', '1', '--epochs', '1'];
  const from = ['train', '--data', 'recordings', '--length', '64', ...tiny, '--out', 'runs/sq'];
  expect((await convnet(folder, from)).code).toBe(0);
  const head = ['finetune', '--from', 'runs/sq', '--data', 'recordings', '--learn', 'head'];
  const { code } = await convnet(folder, [...head, '--epochs', '1', '--out', 'runs/sq-head']);
  expect(code).toBe(0);
  const device = reference();
  const weightsOf = async (run: string, key: string): Promise<number[]> => {
    const path = join(folder, run);
    const model = await loadModel(path, await readCard(path), device);
    return Array.from(await model.stateDict().get(key)!.data(), Number);
  };
  const of = (key: string): Promise<number[][]> =>
    Promise.all(['runs/sq', 'runs/sq-head'].map((run) => weightsOf(run, key)));
  const [before, after] = await of('features.0.weight');
  expect(after).toEqual(before);
  const [head1, head2] = await of('classifier.1.weight');
  expect(head2).not.toEqual(head1);
});

test('features are written as arrays of NumPy', async () => {
  const { code, out } = await convnet(folder, ['features', 'runs/a', '--out', 'f.npz']);
  expect(code).toBe(0);
  expect(out).toContain('64 features of 26 and 6 samples');
  const file = await openNumpy(join(folder, 'f.npz'));
  expect(file.tensors.get('train_features')?.shape).toEqual([26, 64]);
  expect(file.tensors.get('test_labels')?.shape).toEqual([6]);
  await file.close();
});

test('models and summary tell of the networks', async () => {
  const models = await convnet(folder, ['models', 'resnet']);
  expect(models.out).toMatch(/^resnet18 +resnet +1 2 3 +11\.7 +1\.81 +3x224x224 +IMAGENET1K_V1/m);
  const json = await convnet(folder, ['models', '--json']);
  expect((JSON.parse(json.out) as unknown[]).length).toBeGreaterThan(60);
  const summary = await convnet(folder, [
    'summary',
    'lenet5',
    '--dims',
    '1',
    '--input',
    '100',
    '--classes',
    '7',
    '--channels',
    '3',
  ]);
  expect(summary.out).toContain('[1, 7]');
  const clip = await convnet(folder, ['summary', 'mc3_18', '--classes', '400']);
  expect(clip.out).toContain('11,695,440');
  const series = await convnet(folder, ['summary', 'fcn_wang', '--input', '60', '--classes', '2']);
  expect(series.out).toContain('[1, 128, 60]');
  const known = await convnet(folder, ['summary', 'resnet18']);
  expect(known.out).toContain('11,689,512');
});

test('options may stand in a file; those of the command line come first', async () => {
  const config = { data: 'recordings', epochs: 3, out: 'runs/c', option: { width: 8 }, threads: 1 };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const { code, error } = await convnet(folder, [
    'train',
    '--config',
    'config.json',
    '--epochs',
    '1',
  ]);
  expect(error).toContain('epoch 1/1');
  expect(code).toBe(0);
  await writeFile(join(folder, 'wrong.json'), '{ "epoch": 3 }');
  const wrong = await convnet(folder, ['train', '--config', 'wrong.json']);
  expect(wrong.error).toContain("'convnet train --help' lists them");
  expect(wrong.error).toContain("'epoch' (did you mean 'epochs'?)");
  expect(wrong.code).toBe(2);
});
