import { ArgumentError, zeros, type Device } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';
import { describeConformance } from './vitest.ts';

describe('a device that a function opens', () => {
  const opened: Device[] = [];
  const open = async (): Promise<Device> => {
    opened.push(reference());
    return Promise.resolve(opened.at(-1)!);
  };
  describeConformance(open, { parts: ['sweeps', 'random'], randomPrograms: 1 });

  test('is opened once and disposed of behind its tests', () => {
    expect(opened.length).toBe(1);
    expect(() => zeros([1], { device: opened[0]! })).toThrow('disposed');
  });
});

test.each([
  ["no option 'part' (did you mean 'parts'?)", () => [reference(), { part: ['random'] }]],
  ["no part 'sweep' (did you mean 'sweeps'?)", () => [reference(), { parts: ['sweep'] }]],
  ['expected sweepStep as an integer ≥ 1, got 0', () => [reference(), { sweepStep: 0 }]],
  [
    'expected randomPrograms as an integer ≥ 1, got 1.5',
    () => [reference(), { randomPrograms: 1.5 }],
  ],
  ['expected a device, or a function that opens one, got reference', () => ['reference']],
])('%s', (message, wrong) => {
  const run = (): void => Reflect.apply(describeConformance, undefined, wrong());
  expect(run).toThrow(ArgumentError);
  expect(run).toThrow(message);
});
