import { Generator } from '@convnet/tensor-core';
import { RandomStream } from '@convnet/data';
import { expect, test } from 'vitest';

import { timingOf, timingOfTurns } from '../report/timing.ts';
import type { Report } from '../report/report.ts';
import type { Row } from '../report/row.ts';
import { exampleReport, exampleRow } from '../testing/rows.ts';
import { changesBetween } from './changes.ts';
import { comparisonSentences } from './sentences.ts';

const kernels = Array.from({ length: 20 }, (_, i) => `kernel ${i}`);

/** A run of the kernels on a machine with noise: single times by 6 %, a whole run of a row by up to 1.5 %. */
function run(seed: number, factorOf: (kernel: string) => number = () => 1): Row[] {
  const random = new RandomStream(new Generator(seed));
  return kernels.map((model, i) => {
    const level = (1 + i) * (1 + 0.015 * (2 * random.uniform() - 1)) * factorOf(model);
    const times = Array.from({ length: 60 }, () => {
      const [normal] = random.normals();
      return level * (1 + 0.06 * Math.abs(normal));
    });
    return exampleRow({
      suite: 'kernels',
      model,
      dataset: null,
      accuracy: null,
      ms: timingOf(times),
    });
  });
}

test('two equal runs are the same, a hundred times', () => {
  for (let seed = 0; seed < 100; seed++) {
    const { changes, compared } = changesBetween(
      exampleReport(run(2 * seed)),
      exampleReport(run(2 * seed + 1)),
    );
    expect(changes).toEqual([]);
    expect(compared).toBe(20);
  }
});

test('one kernel that became slower by 10 % is found, and it alone', () => {
  for (let seed = 0; seed < 20; seed++) {
    const slowed = kernels[seed]!;
    const before = exampleReport(run(2 * seed));
    const after = exampleReport(run(2 * seed + 1, (kernel) => (kernel === slowed ? 1.1 : 1)));
    expect(changesBetween(before, after).changes.map(({ kind, name }) => [kind, name])).toEqual([
      ['slower', `${slowed} 2D (wasm)`],
    ]);
    expect(changesBetween(after, before).changes.map(({ kind }) => kind)).toEqual(['faster']);
  }
});

/** The same on a machine that goes at either of two speeds for the length of a turn, as one whose other half is in use. */
function unsteady(seed: number, slowed?: string): Row[] {
  const random = new RandomStream(new Generator(seed));
  return kernels.map((model) => {
    const turns = Array.from({ length: 10 }, () => {
      const level = (model === slowed ? 2 : 1) * (random.uniform() < 0.5 ? 10 : 13);
      return Array.from({ length: 20 }, () => level * (1 + 0.03 * random.uniform()));
    });
    return exampleRow({ suite: 'kernels', model, accuracy: null, ms: timingOfTurns(turns) });
  });
}

test('two equal runs on an unsteady machine are the same, but for 1 of 100 figures at most', () => {
  let claims = 0;
  let figures = 0;
  for (let seed = 0; seed < 100; seed++) {
    const [before, after] = [unsteady(2 * seed), unsteady(2 * seed + 1)];
    const { changes, compared } = changesBetween(exampleReport(before), exampleReport(after));
    claims += changes.length;
    figures += compared;
  }
  expect(claims / figures).toBeLessThan(0.01);
  // What is twice as slow is found all the same.
  for (const [seed, kernel] of kernels.entries()) {
    const { changes } = changesBetween(
      exampleReport(unsteady(2 * seed)),
      exampleReport(unsteady(2 * seed + 1, kernel)),
    );
    expect(changes.map(({ name }) => name)).toEqual([`${kernel} 2D on mnist (wasm)`]);
  }
});

/** The same on a machine whose speed wanders: each of twelve turns is off by some 7 %, as kernels are in six passes. */
function wandering(seed: number): Row[] {
  const random = new RandomStream(new Generator(seed));
  return kernels.map((model) => {
    const turns = Array.from({ length: 12 }, () => {
      const [normal] = random.normals();
      const level = 10 * Math.exp(0.07 * normal);
      return Array.from({ length: 20 }, () => level * (1 + 0.01 * random.uniform()));
    });
    return exampleRow({ suite: 'kernels', model, accuracy: null, ms: timingOfTurns(turns) });
  });
}

test('of reports with dozens of figures, whose speed wanders between turns, nearly all are silent', () => {
  let claims = 0;
  for (let seed = 0; seed < 200; seed++) {
    const [before, after] = [wandering(2 * seed), wandering(2 * seed + 1)];
    claims += changesBetween(exampleReport(before), exampleReport(after)).changes.length;
  }
  expect(claims / (200 * kernels.length)).toBeLessThan(1 / 1000);
});

test('a machine that is slower as a whole is said once, and one kernel beyond that is found', () => {
  const before = exampleReport(run(0));
  const slower = exampleReport(run(1, () => 1.3));
  expect(changesBetween(before, slower).changes).toEqual([]);
  const [shift, nothing, ...rest] = comparisonSentences(before, slower);
  expect(nothing).toMatch(/^Nothing else changed beyond noise .*: 20 figures compared\.$/);
  expect(shift).toMatch(
    /^All times of wasm together are (29|30)\.\d % longer, by the median figure: the machine, or what all have in common\. /,
  );
  expect(rest).toEqual([]);
  const one = exampleReport(run(1, (kernel) => 1.3 * (kernel === 'kernel 7' ? 1.12 : 1)));
  const [all, head, found] = comparisonSentences(before, one);
  expect(head).toMatch(/^1 of 20 figures changed beyond noise /);
  expect(found).toMatch(
    /^slower: kernel 7 2D \(wasm\), .* \(\+4\d\.\d %, where all together have \+\d\d\.\d %; noise \d\.\d %\)\.$/,
  );
  expect(all).toMatch(/^All times of wasm together/);
  // One that did not get slower with the others has not changed.
  const same = exampleReport(run(1, (kernel) => (kernel === 'kernel 7' ? 1 : 1.3)));
  expect(changesBetween(before, same).changes).toEqual([]);
  // Each backend by itself: the graphics processor has an hour of its own.
  const both = (rows: Row[], others: Row[]) =>
    exampleReport([...rows, ...others.map((row) => ({ ...row, backend: 'webgpu' }))]);
  const apart = changesBetween(
    both(run(0), run(2)),
    both(
      run(1, () => 1.3),
      run(3),
    ),
  );
  expect([...apart.shifts].map(([backend, shift]) => [backend, shift.toFixed(1)])).toEqual([
    ['wasm', '0.3'],
    ['webgpu', expect.stringMatching(/^-?0\.0$/)],
  ]);
  expect(apart.changes).toEqual([]);
  // Of few times it is not known what they have in common.
  const few = (report: Report) => ({ ...report, rows: report.rows.slice(0, 7) });
  expect(changesBetween(few(before), few(slower)).changes).toHaveLength(7);
});

test('times that were hardly measured must differ by more', () => {
  const timed = (median: number) => exampleRow({ accuracy: null, ms: { median, min: median } });
  const between = (after: number) =>
    changesBetween(exampleReport([timed(10)]), exampleReport([timed(after)])).changes.length;
  expect([between(15), between(21)]).toEqual([0, 1]);
});

test('an accuracy changes where seeds and test samples leave no doubt', () => {
  const of = (...accuracies: number[]): Row => ({
    ...exampleRow({ ms: null, accuracy: accuracies.reduce((a, b) => a + b) / accuracies.length }),
    accuracies,
  });
  const kinds = (before: Row, after: Row) =>
    changesBetween(exampleReport([before]), exampleReport([after])).changes.map(({ kind }) => kind);
  expect(kinds(of(0.6, 0.62, 0.64), of(0.61, 0.62, 0.66))).toEqual([]);
  expect(kinds(of(0.6, 0.62, 0.64), of(0.7, 0.72, 0.74))).toEqual(['better']);
  expect(kinds(of(0.7, 0.72, 0.74), of(0.6, 0.62, 0.64))).toEqual(['worse']);
  // One seed may be off by a lot: resnet18 against lenet5 once turned round by eight points.
  expect(kinds(of(0.6), of(0.66))).toEqual([]);
  expect(kinds(of(0.6), of(0.72))).toEqual(['better']);
});

test('rows that one result lacks are named, and another machine is said', () => {
  const before = exampleReport([exampleRow({ model: 'a' }), exampleRow({ model: 'b' })]);
  const machine = { ...before.machine, cpu: 'Another CPU' };
  const after = exampleReport([exampleRow({ model: 'b' }), exampleRow({ model: 'c' })], {
    machine,
  });
  const sentences = comparisonSentences(before, after);
  expect(sentences[0]).toBe(
    'Nothing changed beyond noise since 2026-01-02 03:04: 2 figures compared.',
  );
  expect(sentences.slice(1).map((sentence) => sentence.split(':')[0])).toEqual([
    'The earlier result is of another machine or Node (Some CPU, 2 cores, Node 24.21.0)',
    'Only the earlier result has',
    'The earlier result lacks',
  ]);
});

test('a time beside several peers, or beside none, is one figure', () => {
  const timed = (median: number) =>
    exampleRow({
      accuracy: null,
      ms: { median, min: median, samples: 60, interval: [median, median] },
    });
  const beside = (row: Row) =>
    ['a', 'b', 'c'].map((name) => ({
      ...row,
      peer: { name, version: '1', ms: row.ms! },
      ratio: 1,
    }));
  const [before, after] = [exampleReport(beside(timed(10))), exampleReport(beside(timed(20)))];
  expect(changesBetween(before, after)).toMatchObject({
    compared: 1,
    changes: [{ kind: 'slower' }],
  });
  expect(changesBetween(before, exampleReport([timed(20)]))).toMatchObject({
    compared: 1,
    changes: [{ kind: 'slower' }],
    onlyBefore: [],
    onlyAfter: [],
  });
});

test('a training that was cut, here or there, is said', () => {
  const whole = exampleRow();
  const training = { ...whole.training!, epochs: 1, trainSamples: 64, testSamples: 8 };
  const cut = exampleRow({ accuracy: 0.1, training });
  const told = (before: Row, after: Row) =>
    comparisonSentences(exampleReport([before]), exampleReport([after])).filter((sentence) =>
      sentence.startsWith('Trained or tested otherwise'),
    );
  expect(told(whole, cut)).toEqual([
    'Trained or tested otherwise than in the earlier result, so accuracies tell little: lenet5 2D on mnist (wasm): ' +
      '4 passes over 60,000 and a test on 10,000 then, 1 pass over 64 and a test on 8 now.',
  ]);
  expect(told(cut, whole)).toHaveLength(1);
  const two = (row: Row) => exampleReport([row, { ...row, model: 'b' }]);
  expect(comparisonSentences(two(whole), two(cut)).join()).toContain(
    'lenet5 2D on mnist (wasm), b 2D on mnist (wasm): 4 passes',
  );
  expect(told(whole, exampleRow({ accuracy: 0.1 }))).toEqual([]);
});

test('sentences say by how much, and what would have been noise', () => {
  const slow = exampleReport(run(1, () => 1.2).slice(0, 1));
  const [head, first] = comparisonSentences(exampleReport(run(0).slice(0, 1)), slow);
  expect(head).toBe('1 of 1 figures changed beyond noise since 2026-01-02 03:04:');
  expect(first).toMatch(
    /^slower: kernel 0 2D \(wasm\), 1\.\d\d to 1\.\d\d ms \(\+\d\d\.\d %; noise \d\.\d %\)\.$/,
  );
});
