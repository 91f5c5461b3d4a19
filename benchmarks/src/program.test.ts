import { expect, test } from 'vitest';

import { parseArguments } from './program.ts';
import { suites } from './suites/index.ts';

function parse(line: string) {
  let out = '';
  let error = '';
  const parsed = parseArguments(suites, line.split(' ').filter(Boolean), {
    out: (text) => (out += text),
    error: (text) => (error += text),
  });
  return { parsed, out, error };
}

test('without a suite the first one runs, with the defaults', () => {
  const { parsed } = parse('');
  expect(parsed).toMatchObject({
    request: {
      suite: { name: 'compare' },
      options: { profile: 'quick', backend: 'auto', seed: 0 },
    },
  });
});

test('options are read with and without the name of the suite', () => {
  const options = { threads: 3, seed: 7, epochs: 2, models: ['lenet5', 'lenet_bn'], limit: 500 };
  const line = '--threads 3 --seed 7 --epochs 2 --models lenet5,lenet_bn --limit 500';
  expect(parse(line).parsed).toMatchObject({ request: { suite: { name: 'compare' }, options } });
  expect(parse(`compare ${line}`).parsed).toMatchObject({ request: { options } });
  expect(parse('training --peers').parsed).toMatchObject({
    request: { suite: { name: 'training' }, options: { peers: true } },
  });
});

test.each([
  ['--threads 0', "'--threads <n>' argument '0' is invalid. Expected a whole number from 1 to 64."],
  ['--threads 1.5', 'Expected a whole number'],
  ['--seed -1', 'Expected a whole number'],
  ['--epochs 1e3', 'Expected a whole number'],
  ['kernels --profile slow', 'Allowed choices are quick, full.'],
  ['--profile full', 'Allowed choices are quick; the full comparison is pnpm bench architectures.'],
  [
    '--backend cpu',
    "There is no backend 'cpu'; there are auto, all, wasm, webgpu, cuda, reference.",
  ],
  ['--backend wsam', "There is no backend 'wsam' (did you mean 'wasm'?)"],
  ['--models lenet6', "There is no 'lenet6' (did you mean 'lenet5'?); the names are lenet5"],
  ['--models resnet19', "There is no 'resnet19' (did you mean 'resnet18'?)"],
  ['architectures --profile quick', 'Allowed choices are full.'],
  ['architectures --shard 3/2', 'Expected i/n with i from 1 to n, such as 2/4.'],
  ['architectures --shard two', 'Expected i/n'],
  ['architectures --core-minutes 0', 'Expected minutes above 0'],
  ['architectures --datasets mnist', "There is no 'mnist'; the names are quickdraw100, fsdd"],
  ['--core-minutes 3', "unknown option '--core-minutes'; it belongs to architectures"],
  ['merge', "missing required argument 'journals'"],
  ['--datasets mnist,', "There is no ''; the names are mnist"],
  ['--json', "option '--json <file>' argument missing"],
  ['--fast', "unknown option '--fast'"],
  ['memory --epochs 3', "unknown option '--epochs'; it belongs to compare"],
  ['--peers', "unknown option '--peers'; it belongs to architectures, training"],
  ['frobnicate', "there is no suite 'frobnicate'; the suites are compare"],
  [
    'arhitectures',
    "there is no suite 'arhitectures' (did you mean 'architectures'?); the suites are",
  ],
  ['--seed 1 training', 'name the suite first: pnpm bench training'],
])('%s is refused in one line with exit code 2', (line, message) => {
  const { parsed, error, out } = parse(line);
  expect(parsed).toEqual({ exitCode: 2 });
  expect(error).toContain(message);
  expect(error).toMatch(/^error: [^\n]*\n$/);
  expect(out).toBe('');
});

test('a long run has one profile, and computes its share', () => {
  expect(parse('architectures --shard 2/4 --resume --core-minutes 2.5').parsed).toMatchObject({
    request: {
      suite: { name: 'architectures' },
      options: { profile: 'full', shard: { index: 2, count: 4 }, resume: true, coreMinutes: 2.5 },
    },
  });
});

test('journals are joined by a command of their own', () => {
  expect(parse('merge a.jsonl b.jsonl --out joined').parsed).toEqual({
    merge: { journals: ['a.jsonl', 'b.jsonl'], out: 'joined' },
  });
});

test('what is left of a run is told by a command of its own', () => {
  expect(parse('plan a.jsonl --peers').parsed).toEqual({
    plan: { journals: ['a.jsonl'], peers: true },
  });
  expect(parse('plan').parsed).toMatchObject({ plan: { peers: false } });
});

test('the help lists every suite, the help of a suite every option, within 80 columns', () => {
  const { parsed, out } = parse('--help');
  expect(parsed).toEqual({ exitCode: 0 });
  for (const { name } of suites) {
    expect(out).toContain(`\n  ${name} `);
    const help = parse(`${name} --help`);
    expect(help.parsed).toEqual({ exitCode: 0 });
    for (const flag of ['--profile', '--backend', '--threads', '--seed', '--json', '--out']) {
      expect(help.out).toContain(`  ${flag} <`);
    }
  }
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(88);
});
