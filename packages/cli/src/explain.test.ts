import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { convnetHere, writeRecordings, type Ended } from './testing/command.ts';

let folder = '';
const home = process.cwd();
const device = ['--device', 'wasm', '--threads', '1'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-cli-'));
  process.chdir(folder);
  await writeRecordings(join(folder, 'recordings'));
  await trained('runs/a', '--epochs', '2');
  // It has learned nothing, and takes all samples for one class.
  await trained('runs/new', '--epochs', '1', '--learning-rate', '1e-9');
});
afterAll(() => {
  process.chdir(home);
  return rm(folder, { recursive: true, force: true });
});

async function trained(run: string, ...args: readonly string[]): Promise<void> {
  const options = ['--model', 'resnet20', '--option', 'width=4', '--batch-size', '8', ...device];
  await convnetHere(['train', '--data', 'recordings', '--out', run, ...options, ...args]);
}

const explained = (...args: readonly string[]): Promise<Ended> =>
  convnetHere(['explain', 'runs/a', ...device, ...args]);

test('explain draws curves, samples, relevance, filters and feature maps', async () => {
  const { code, out } = await explained();
  expect(code).toBe(0);
  const names = ['curves', 'feature-maps', 'filters', 'grad-cam', 'saliency', 'samples'];
  expect((await readdir('runs/a/explained')).sort()).toEqual(names.map((name) => `${name}.svg`));
  expect(out.trim().split('\n')).toHaveLength(names.length);
  const samples = await readFile('runs/a/explained/samples.svg', 'utf8');
  // Six samples test, and each of them is drawn with what the network says.
  expect(samples.match(/(high|low) \d+ %/g)).toHaveLength(6);
});

test('explain draws files that are named, for a class, as PNG', async () => {
  const files = ['recordings/high/3.csv', 'recordings/low/1.csv'];
  const asked = ['--show', 'grad-cam,integrated-gradients', '--class', 'low', '--out', 'pictures'];
  const { code, out } = await explained(...files, ...asked, '--format', 'png', '--theme', 'dark');
  expect(code).toBe(0);
  expect(out).toBe('pictures/grad-cam.png\npictures/integrated-gradients.png\n');
  const bytes = await readFile('pictures/grad-cam.png');
  expect(bytes.subarray(1, 4).toString()).toBe('PNG');
  const svg = await explained(...files, ...asked);
  expect(svg.code).toBe(0);
  const text = await readFile('pictures/grad-cam.svg', 'utf8');
  expect(text).toContain('Grad-CAM of low');
  expect(text).toContain('3.csv');
});

test('--layer is looked at, --wrong shows mistakes alone', async () => {
  const layer = ['--layer', 'layer1.0.conv1', '--show', 'filters,feature-maps', '--out', 'layer'];
  expect((await explained(...layer)).code).toBe(0);
  expect(await readFile('layer/filters.svg', 'utf8')).toContain('Filters of layer1.0.conv1');
  expect(await readFile('layer/feature-maps.svg', 'utf8')).toContain('4 of 4 channels');
  const tested = await convnetHere(['eval', 'runs/new', '--json', ...device]);
  const { accuracy, samples } = JSON.parse(tested.out) as { accuracy: number; samples: number };
  const mistakes = Math.round((1 - accuracy) * samples);
  expect(mistakes).toBeGreaterThan(0);
  const args = ['explain', 'runs/new', '--wrong', '--show', 'samples', '--out', 'wrong', ...device];
  expect((await convnetHere(args)).code).toBe(0);
  const drawn = await readFile('wrong/samples.svg', 'utf8');
  expect(drawn.match(/>is (high|low)</g)).toHaveLength(mistakes);
  expect(drawn.match(/(high|low) \d+ %/g)).toHaveLength(mistakes);
});

test.each([
  [['--show', 'grad-cm'], 2, "did you mean 'grad-cam'?"],
  [['--class', 'hihg'], 2, "there is no class 'hihg' (did you mean 'high'?)"],
  [['--layer', 'layer9'], 1, 'layer9'],
  [['recordings/high/3.csv', '--wrong'], 2, 'whose classes are known'],
  [['nowhere.csv'], 1, "there is no file 'nowhere.csv'"],
] as const)('%s is refused', async (args, code, message) => {
  const ended = await explained(...args);
  expect(ended.error).toContain(message);
  expect(ended.code).toBe(code);
});
