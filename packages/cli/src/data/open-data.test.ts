import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { encodeNpy, encodeNpz } from '@convnet/weights';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { writeRecordings } from '../testing/command.ts';
import { openData } from './open-data.ts';
import type { OpenedData, Part } from './opened-data.ts';
import type { DataRequest } from './request.ts';
import { withWorkers } from './with-workers.ts';

let folder = '';
const count = 12;
const patients = Array.from({ length: count }, (_, i) => `p${Math.floor(i / 3)}`);

const lines = (rows: readonly (readonly unknown[])[]): string =>
  `${rows.map((row) => row.join(',')).join('\n')}\n`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-cli-'));
  await writeRecordings(join(folder, 'recordings'), 6);
  await mkdir(join(folder, 'signals/raw'), { recursive: true });
  for (let i = 0; i < count; i++) {
    const data = Float32Array.from({ length: 2 * 40 }, (_, t) => Math.sin(0.3 * t + i));
    const array = { dtype: 'float32', shape: [2, 40], data } as const;
    await writeFile(join(folder, `signals/raw/${i}.npy`), await encodeNpy(array));
  }
  const rows = patients.map((patient, i) => [
    `raw/${i}.npy`,
    i % 2 === 0 ? 'sinus' : 'afib',
    patient,
    i % 2,
    Number(i % 3 === 0),
    40 + i,
  ]);
  const head = ['file', 'rhythm', 'patient', 'afib', 'block', 'age'];
  await writeFile(join(folder, 'signals/labels.csv'), lines([head, ...rows]));
  await writeFile(join(folder, 'train.csv'), lines([head, ...rows.slice(0, 8)]));
  await writeFile(join(folder, 'test.csv'), lines([head, ...rows.slice(8)]));
  await writeFile(
    join(folder, 'beats.csv'),
    lines(patients.map((_, i) => [...Array.from({ length: 10 }, (__, t) => i + t), i % 2])),
  );
  await writeFile(
    join(folder, 'named.csv'),
    lines([
      ['patient', 'class', ...Array.from({ length: 10 }, (_, t) => `t${t}`)],
      ...patients.map((p, i) => [p, 'ab'[i % 2], ...Array.from({ length: 10 }, (_, t) => i + t)]),
    ]),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const opened = (given: Partial<DataRequest>): Promise<OpenedData> =>
  openData({
    testShare: 0.25,
    onError: 'stop',
    missing: 'refuse',
    augment: false,
    seed: 0,
    ...given,
  });

const namesIn = (data: OpenedData, part: Part): string[] =>
  Array.from({ length: data[part].length }, (_, i) => data[part].nameOf!(i));

/** Patients of the files of a part. */
const patientsIn = (data: OpenedData, part: Part): Set<string> =>
  new Set(namesIn(data, part).map((name) => patients[Number(/(\d+)\D*$/.exec(name)![1])]!));

function requireApart(data: OpenedData): void {
  const [train, tested] = [patientsIn(data, 'train'), patientsIn(data, 'test')];
  expect([...train].filter((patient) => tested.has(patient))).toEqual([]);
  expect(train.size + tested.size).toBe(4);
}

describe('a list of files', () => {
  const signals = (): Partial<DataRequest> => ({ data: join(folder, 'signals') });

  test('has classes; what belongs together stays so', async () => {
    const data = await opened({
      ...signals(),
      labels: 'labels.csv',
      labelColumn: 'rhythm',
      groupColumn: 'patient',
    });
    expect(data.task).toEqual({ kind: 'classification', classes: ['afib', 'sinus'] });
    expect(data.preprocessing).toMatchObject({ kind: 'signal', channels: 2, length: 40 });
    requireApart(data);
    const [, label] = await data.train.get(0);
    const i = Number(/\d+/.exec(namesIn(data, 'train')[0]!)![0]);
    expect(label).toBe(i % 2 === 0 ? 1 : 0);
  });

  test('may have a list of its own for tests, anywhere', async () => {
    const data = await opened({
      ...signals(),
      labels: join(folder, 'train.csv'),
      testLabels: join(folder, 'test.csv'),
    });
    expect(namesIn(data, 'train')).toEqual(patients.slice(0, 8).map((_, i) => `raw/${i}.npy`));
    expect(namesIn(data, 'test')).toHaveLength(4);
  });

  test('has several labels, where all are 0 and 1', async () => {
    const data = await opened({ ...signals(), labels: 'labels.csv', targets: ['afib', 'block'] });
    expect(data.task).toEqual({ kind: 'multi-label', labels: ['afib', 'block'] });
    const i = Number(/\d+/.exec(namesIn(data, 'test')[0]!)![0]);
    const [, target] = await data.test.get(0);
    expect(target).toEqual(Float32Array.of(i % 2, Number(i % 3 === 0)));
  });

  test('has quantities, with mean 0 and deviation 1 over those that train', async () => {
    const data = await opened({ ...signals(), labels: 'labels.csv', targets: ['age'] });
    const values: number[] = [];
    for (let i = 0; i < data.train.length; i++) {
      const [, target] = await data.train.get(i);
      values.push((target as Float32Array)[0]!);
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean).toBeCloseTo(0, 5);
    expect(
      Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length),
    ).toBeCloseTo(1, 5);
    if (data.task.kind !== 'regression') throw new Error('expected a regression');
    const age = values[0]! * data.task.std[0]! + data.task.mean[0]!;
    expect(age).toBeCloseTo(40 + Number(/\d+/.exec(namesIn(data, 'train')[0]!)![0]), 4);
  });

  test('may name records of PhysioNet without their endings', async () => {
    await mkdir(join(folder, 'records/100'), { recursive: true });
    for (let i = 0; i < count; i++) {
      const samples = Int16Array.from({ length: 60 }, (_, t) => t * (i + 1));
      await writeFile(join(folder, `records/100/r${i}.dat`), new Uint8Array(samples.buffer));
      const header = `r${i} 2 100 30\nr${i}.dat 16 200/mV\nr${i}.dat 16 200/mV\n`;
      await writeFile(join(folder, `records/100/r${i}.hea`), header);
    }
    const rows = patients.map((patient, i) => [`100/r${i}`, 'ab'[i % 2], patient]);
    const list = join(folder, 'records.csv');
    await writeFile(list, lines([['record', 'class', 'patient'], ...rows]));
    const request = { data: join(folder, 'records'), labels: list, groupColumn: 'patient' };
    const data = await opened(request);
    expect(data.preprocessing).toMatchObject({ kind: 'signal', channels: 2, length: 30 });
    requireApart(data);
    const slower = await opened({ ...request, sampleRate: 50 });
    expect(slower.preprocessing).toMatchObject({ length: 15 });
  });

  test('that lacks files, columns or numbers says so', async () => {
    const list = { ...signals(), labels: 'labels.csv' };
    await expect(opened({ ...list, targets: ['weight'] })).rejects.toThrow("a column 'weight'");
    await expect(opened({ ...list, targets: ['rhythm'] })).rejects.toThrow("column 'rhythm'");
    await expect(opened({ ...list, targets: ['age'], task: 'multi-label' })).rejects.toThrow(
      '0 or 1',
    );
    await expect(opened({ ...list, labels: 'none.csv' })).rejects.toThrow(
      "'none.csv' cannot be read",
    );
    await writeFile(join(folder, 'gone.csv'), 'file,label\nraw/99.npy,a\nraw/1.npy,b\n');
    await expect(opened({ ...list, labels: join(folder, 'gone.csv') })).rejects.toThrow(
      'raw/99.npy',
    );
  });

  test('without names of columns is refused: its first file would go unseen', async () => {
    await writeFile(join(folder, 'bare.csv'), 'raw/0.npy,a\nraw/1.npy,b\nraw/2.npy,a\n');
    await expect(opened({ ...signals(), labels: join(folder, 'bare.csv') })).rejects.toThrow(
      "bare.csv: expected a line that names the columns in front, such as file,label, got one of the file 'raw/0.npy'",
    );
  });
});

describe('a folder of WAV files', () => {
  /** A tone of 16 bits whose header is right. */
  const wav = (length: number): Buffer => {
    const bytes = Buffer.alloc(44 + 2 * length);
    bytes.write('RIFF', 0);
    bytes.writeUInt32LE(36 + 2 * length, 4);
    bytes.write('WAVEfmt ', 8);
    bytes.writeUInt32LE(16, 16);
    bytes.writeUInt16LE(1, 20);
    bytes.writeUInt16LE(1, 22);
    bytes.writeUInt32LE(8000, 24);
    bytes.writeUInt32LE(16_000, 28);
    bytes.writeUInt16LE(2, 32);
    bytes.writeUInt16LE(16, 34);
    bytes.write('data', 36);
    bytes.writeUInt32LE(2 * length, 40);
    for (let t = 0; t < length; t++) bytes.writeInt16LE(Math.round(9000 * Math.sin(t)), 44 + 2 * t);
    return bytes;
  };

  test('is told which are cut short, once each, and refuses what is none', async () => {
    for (const name of ['a', 'b']) {
      await mkdir(join(folder, 'tones', name), { recursive: true });
      for (let i = 0; i < 4; i++) await writeFile(join(folder, 'tones', name, `${i}.wav`), wav(60));
    }
    expect((await opened({ data: join(folder, 'tones') })).notes).toEqual([]);
    await writeFile(join(folder, 'tones/b/2.wav'), wav(60).subarray(0, 80));
    const { notes } = await opened({ data: join(folder, 'tones') });
    const told = notes.filter((note) => note.includes('b/2.wav'));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/; what is there is used$/);
    await writeFile(join(folder, 'tones/a/1.wav'), 'garbage');
    await expect(opened({ data: join(folder, 'tones') })).rejects.toThrow(
      'a/1.wav: expected a WAV file, which begins with RIFF, got the bytes 67 61 72 62',
    );
  });
});

describe('a file with a signal in each row', () => {
  test.each([
    ['id', 'id', 0],
    ['id', 'id', 1],
    // pandas gives its index no name.
    ['', '0', 0],
  ])(
    'a column %j that counts the rows is told, and left out as %s, from %i',
    async (name, skip, first) => {
      const path = join(folder, 'counted.csv');
      const values = (i: number): number[] => Array.from({ length: 6 }, (_, t) => Math.sin(i + t));
      const rows = patients.map((_, i) => [first + i, ...values(i), 'ab'[i % 2]]);
      await writeFile(path, lines([[name, 'u', 'v', 'w', 'x', 'y', 'z', 'class'], ...rows]));
      const data = await opened({ data: path });
      expect(data.notes.join()).toContain(
        `the column '${skip}' counts the rows, and is learned as a part of the signals: --skip-columns ${skip} `,
      );
      const without = await opened({ data: path, skipColumns: [skip] });
      expect(without.notes).toEqual([]);
      expect(without.preprocessing).toMatchObject({ length: 6 });
    },
  );

  test('without names of columns has its label last', async () => {
    const data = await opened({ data: join(folder, 'beats.csv') });
    expect(data.task).toEqual({ kind: 'classification', classes: ['0', '1'] });
    expect(data.preprocessing).toMatchObject({ length: 10, channels: 1 });
    expect(data.train.length + data.test.length).toBe(count);
    const both = await opened({
      data: join(folder, 'beats.csv'),
      testData: join(folder, 'beats.csv'),
    });
    expect([both.train.length, both.test.length]).toEqual([count, count]);
  });

  test('has names of columns or not, whatever its classes are', async () => {
    const signal = (i: number): number[] => Array.from({ length: 6 }, (_, t) => i + 0.1 * t);
    const samplesIn = async (
      head: readonly unknown[],
      label: (i: number) => unknown,
    ): Promise<number> => {
      const rows = patients.map((_, i) => [...signal(i), label(i)]);
      const path = join(folder, 'heads.csv');
      await writeFile(path, lines(head.length === 0 ? rows : [head, ...rows]));
      const data = await opened({ data: path });
      return data.train.length + data.test.length;
    };
    const named = ['a', 'b', 'c', 'd', 'e', 'f', 'label'];
    const counted = [0, 1, 2, 3, 4, 5, 'label'];
    for (const label of [(i: number) => 'NV'[i % 2], (i: number) => i % 2]) {
      for (const head of [[], named, counted]) expect(await samplesIn(head, label)).toBe(count);
    }
  });

  test('as R and as Excel for Macs write it: names in quotes, lines that end with a carriage return', async () => {
    const quoted = (row: readonly unknown[]): string =>
      row.map((field) => (typeof field === 'string' ? `"${field}"` : String(field))).join(',');
    const rows = patients.map((_, i) => [i + 0.5, i + 0.25, 'ab'[i % 2]]);
    const text = [['u', 'v', 'class'], ...rows].map(quoted).join('\n');
    for (const written of [text, text.replaceAll('\n', '\r\n'), text.replaceAll('\n', '\r')]) {
      await writeFile(join(folder, 'quoted.csv'), written);
      const data = await opened({ data: join(folder, 'quoted.csv'), labelColumn: 'class' });
      expect(data.task).toEqual({ kind: 'classification', classes: ['a', 'b'] });
      expect(data.train.length + data.test.length).toBe(count);
    }
    await writeFile(join(folder, 'quoted.csv'), '"u","v","class"\n');
    await expect(opened({ data: join(folder, 'quoted.csv') })).rejects.toThrow('there is no row');
  });

  test('calls its rows by their places in the file, in whichever part they are', async () => {
    const path = join(folder, 'holes.csv');
    const rows = patients.map((_, i) => [i, i + 1, i + 2, 'ab'[i % 2]]);
    const named = ['u', 'v', 'w', 'class'];
    await writeFile(path, lines([named, ...rows]));
    const data = await opened({ data: path });
    const names = [...namesIn(data, 'train'), ...namesIn(data, 'test')];
    const places = names.map((name) => Number(/, case (\d+)/.exec(name)![1]));
    expect(places.sort((a, b) => a - b)).toEqual([...patients.keys()]);
    const numbers = await opened({ data: path, targets: ['w'], skipColumns: ['class'] });
    expect(new Set([...namesIn(numbers, 'train'), ...namesIn(numbers, 'test')]).size).toBe(count);
    for (let hole = 0; hole < count; hole++) {
      const holed = rows.map((row, i) => (i === hole ? ['', ...row.slice(1)] : row));
      await writeFile(path, lines([named, ...holed]));
      await expect(opened({ data: path })).rejects.toThrow(
        `holes.csv, case ${hole}: 1 of 3 values`,
      );
    }
  });

  test('has a label and a group by name', async () => {
    const data = await opened({
      data: join(folder, 'named.csv'),
      labelColumn: 'class',
      groupColumn: 'patient',
    });
    expect(data.task).toEqual({ kind: 'classification', classes: ['a', 'b'] });
    expect(data.preprocessing).toMatchObject({ length: 10 });
    expect(data.train.length).toBe(9);
  });

  test('has a number to predict', async () => {
    const data = await opened({
      data: join(folder, 'named.csv'),
      targets: ['t9'],
      skipColumns: ['patient', 'class'],
    });
    expect(data.task).toMatchObject({ kind: 'regression', quantities: ['t9'] });
    expect(data.preprocessing).toMatchObject({ length: 9 });
  });
});

describe('arrays of NumPy', () => {
  test('are signals with labels', async () => {
    const data = Float32Array.from({ length: count * 2 * 5 }, (_, i) => i);
    const x = { dtype: 'float32', shape: [count, 2, 5], data } as const;
    const y = {
      dtype: 'int32',
      shape: [count],
      data: Int32Array.from(patients, (_, i) => i % 3),
    } as const;
    await writeFile(join(folder, 'x.npy'), await encodeNpy(x));
    await writeFile(join(folder, 'y.npy'), await encodeNpy(y));
    const found = await opened({ data: join(folder, 'x.npy'), labels: join(folder, 'y.npy') });
    expect(found.task).toEqual({ kind: 'classification', classes: ['0', '1', '2'] });
    expect(found.preprocessing).toMatchObject({ kind: 'signal', channels: 2, length: 5 });
    const archive = await encodeNpz({ x_train: x, y_train: y, x_test: x, y_test: y });
    await writeFile(join(folder, 'all.npz'), archive);
    const all = await opened({ data: join(folder, 'all.npz') });
    expect([all.train.length, all.test.length]).toEqual([count, count]);
    await expect(opened({ data: join(folder, 'x.npy') })).rejects.toThrow('--labels <file.npy>');
  });

  test('are pictures, grey or in colours, whichever axis has them', async () => {
    const labels = {
      dtype: 'int32',
      shape: [count],
      data: Int32Array.from(patients, (_, i) => i % 2),
    } as const;
    await writeFile(join(folder, 'labels.npy'), await encodeNpy(labels));
    const pixelsOf = async (shape: readonly number[]): Promise<readonly number[]> => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      const data = Uint8Array.from({ length: size }, (_, i) => i % (size / count));
      const path = join(folder, 'pictures.npy');
      await writeFile(path, await encodeNpy({ dtype: 'uint8', shape, data }));
      const found = await opened({ data: path, labels: join(folder, 'labels.npy'), dims: 2 });
      expect(found.preprocessing).toMatchObject({ kind: 'image', size: 4 });
      const [input] = await found.train.get(0);
      const [mean, std] = [
        [0.485, 0.456, 0.406],
        [0.229, 0.224, 0.225],
      ];
      return [0, 16, 32].map((at, c) =>
        Math.abs(Math.round(255 * (input.data[at]! * std[c]! + mean[c]!))),
      );
    };
    expect(await pixelsOf([count, 4, 4])).toEqual([0, 0, 0]);
    expect(await pixelsOf([count, 4, 4, 3])).toEqual([0, 1, 2]);
    expect(await pixelsOf([count, 3, 4, 4])).toEqual([0, 16, 32]);
  });
});

test('recordings in CSV have names of columns or not, and a time that is no channel', async () => {
  for (const name of ['bare', 'timed']) {
    for (const [label, offset] of [
      ['a', 0],
      ['b', 5],
    ] as const) {
      await mkdir(join(folder, name, label), { recursive: true });
      for (let i = 0; i < 4; i++) {
        const rows = Array.from({ length: 20 }, (_, t) => [t / 50, i + t + offset, i - t]);
        const text =
          name === 'bare'
            ? lines(rows.map(([, first, second]) => [first, second]))
            : lines([['time', 'I', 'II'], ...rows]);
        await writeFile(join(folder, name, label, `${i}.csv`), text);
      }
    }
  }
  const bare = await opened({ data: join(folder, 'bare') });
  expect(bare.preprocessing).toMatchObject({ channels: 2, length: 20 });
  const timed = await opened({ data: join(folder, 'timed'), timeColumn: 'time' });
  expect(timed.preprocessing).toMatchObject({ channels: 2, length: 20 });
  const slower = await opened({ data: join(folder, 'timed'), timeColumn: 'time', sampleRate: 25 });
  expect(slower.preprocessing).toMatchObject({ channels: 2, length: 10 });
});

test('worker threads open the same samples', async () => {
  await mkdir(join(folder, 'pictures/a'), { recursive: true });
  await mkdir(join(folder, 'pictures/b'));
  for (const name of ['a/1', 'a/2', 'a/3', 'a/4', 'b/1', 'b/2', 'b/3', 'b/4']) {
    const create = {
      width: 8,
      height: 8,
      channels: 3,
      background: name < 'b' ? '#204060' : '#fff',
    } as const;
    await sharp({ create })
      .png()
      .toFile(join(folder, `pictures/${name}.png`));
  }
  for (const data of ['recordings', 'pictures']) {
    const request: DataRequest = {
      data: join(folder, data),
      testShare: 0.25,
      onError: 'stop',
      missing: 'refuse',
      augment: false,
      seed: 3,
    };
    const own = await openData(request);
    const workers = await withWorkers(own, request, 'train');
    expect(workers.length).toBe(own.train.length);
    for (let i = 0; i < workers.length; i++) {
      expect(await workers.get(i)).toEqual(await own.train.get(i));
    }
  }
});
