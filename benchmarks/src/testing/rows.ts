import type { Report } from '../report/report.ts';
import type { Row } from '../report/row.ts';

/** A row of the compare suite, for tests. */
export function exampleRow(changes: Partial<Row> = {}): Row {
  return {
    suite: 'compare',
    model: 'lenet5',
    dims: 2,
    backend: 'wasm',
    threads: 2,
    dataset: 'mnist',
    inputShape: [1, 28, 28],
    params: 61_706,
    macs: 416_520,
    accuracy: 0.9876,
    ms: { median: 8.5, min: 8.1 },
    training: {
      epochs: 4,
      batchSize: 128,
      trainSamples: 60_000,
      testSamples: 10_000,
      loss: 0.031,
      seconds: 20.4,
      secondsPerEpoch: 5.1,
      samplesPerSecond: 11_764.7,
    },
    ...changes,
  };
}

/** A row without figures. */
export function failedRow(message: string): Row {
  const { training: _, ...row } = exampleRow({ accuracy: null, ms: null });
  return { ...row, error: { name: 'NonFiniteLossError', message } };
}

export function exampleReport(rows: readonly Row[], changes: Partial<Report> = {}): Report {
  return {
    format: 'convnet-bench-1',
    suite: 'compare',
    profile: 'quick',
    seed: 0,
    date: '2026-01-02T03:04:05.000Z',
    seconds: 123.4,
    interrupted: false,
    machine: { cpu: 'Some CPU', cores: 2, memoryGiB: 8, platform: 'linux', architecture: 'x64' },
    node: '24.21.0',
    device: 'wasm (relaxed SIMD, 2 threads)',
    packages: { '@convnet/lenet': '0.0.0' },
    attributions: [{ name: 'MNIST', origin: 'Y. LeCun', licence: 'CC-BY-SA-3.0' }],
    notes: [],
    rows,
    ...changes,
  };
}
