import { ArgumentError } from '@convnet/tensor-core';
import { createHash } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { classCounts } from '@convnet/data';
import { DownloadError } from '@convnet/weights';
import { describe, expect, it } from 'vitest';
import { readTarGz, unpackTarGz } from './archive/tar.ts';
import { readZipEntry } from './archive/zip.ts';
import { cifar10, cifar100 } from './cifar.ts';
import { DataFileError } from './errors.ts';
import { progressBar } from './files/progress-bar.ts';
import { fetchSetFile, type RemoteFile } from './files/remote-file.ts';
import { mnist } from './mnist.ts';
import { emnist, fashionMnist, kmnist, qmnist } from './mnist-like.ts';
import { quickdrawBitmaps } from './quickdraw-bitmaps.ts';
import { fsdd, speechCommands } from './speech.ts';
import { FileServer, idx, tar } from './testing/make-files.ts';
import { setsFolder } from './testing/sets-folder.ts';
import { ucr } from './ucr/ucr.ts';

let folder: string;
const { write } = setsFolder((path) => {
  folder = path;
});

const images = (count: number): Uint8Array =>
  idx(
    [count, 28, 28],
    Uint8Array.from({ length: count * 784 }, (_, i) => i % 251),
  );

describe('sets in the form of MNIST', () => {
  const files = {
    'train-images-idx3-ubyte': images(3),
    'train-labels-idx1-ubyte.gz': gzipSync(idx([3], [9, 0, 1])),
    't10k-images-idx3-ubyte.gz': gzipSync(images(2)),
    't10k-labels-idx1-ubyte': idx([2], [1, 1]),
  };

  it.each([
    ['mnist', mnist],
    ['fashionMnist', fashionMnist],
    ['kmnist', kmnist],
  ])('%s reads a folder, files compressed or not', async (_, load) => {
    write(files);
    const { train, test, source } = await load({ folder });
    expect(train.inputShape).toEqual([1, 28, 28]);
    expect(train.classes).toHaveLength(10);
    expect([...train.labels]).toEqual([9, 0, 1]);
    expect(classCounts(test)[1]).toBe(2);
    expect(source.split).toContain('60,000');
    expect((await load({ folder, dims: 1 })).test.inputShape).toEqual([28, 28]);
  });

  it('qmnist has labels of 32 bits in eight columns', async () => {
    const labels = (values: number[]) =>
      idx(
        [values.length, 8],
        values.flatMap((v) => [v, 7, 7, 7, 7, 7, 7, 7]),
        12,
      );
    write({
      'qmnist-train-images-idx3-ubyte': images(2),
      'qmnist-train-labels-idx2-int': labels([4, 8]),
      'qmnist-test-images-idx3-ubyte': images(1),
      'qmnist-test-labels-idx2-int.gz': gzipSync(labels([3])),
    });
    const { train, test } = await qmnist({ folder });
    expect([...train.labels, ...test.labels]).toEqual([4, 8, 3]);
  });

  it('emnist turns its images upright, and counts letters from 0', async () => {
    const part = (name: string, labels: number[]) => ({
      [`emnist-letters-${name}-images-idx3-ubyte`]: images(labels.length),
      [`emnist-letters-${name}-labels-idx1-ubyte`]: idx([labels.length], labels),
    });
    write({ ...part('train', [1, 26]), ...part('test', [2]) });
    const { train, test } = await emnist({ folder, split: 'letters' });
    expect(train.classes[25]).toBe('z');
    expect([...train.labels, ...test.labels]).toEqual([0, 25, 1]);
    const [{ data }] = train.get(0);
    // The element of row 2 and column 1 was that of row 1 and column 2.
    expect(data[2 * 28 + 1]).toBeCloseTo(((28 + 2) / 255 - 0.1736) / 0.3248, 5);
    await expect(emnist({ folder, split: 'letter' as never })).rejects.toThrow(ArgumentError);
  });

  it('name files that are missing or do not fit', async () => {
    await expect(kmnist({ folder })).rejects.toThrow(
      'expected one of the files train-images-idx3-ubyte',
    );
    write({ ...files, 'train-labels-idx1-ubyte.gz': gzipSync(idx([2], [9, 0])) });
    await expect(kmnist({ folder })).rejects.toThrow('expected 3 labels, got 2');
    await expect(kmnist({ folders: folder } as never)).rejects.toThrow("did you mean 'folder'");
  });
});

describe('CIFAR', () => {
  const record = (labels: number[], value: number) => [
    ...labels,
    ...Array<number>(3072).fill(value),
  ];
  const ten = {
    ...Object.fromEntries(
      [1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, Uint8Array.from(record([i], 10 * i))]),
    ),
    'test_batch.bin': Uint8Array.from([...record([0], 0), ...record([9], 255)]),
    'batches.meta.txt': new TextEncoder().encode(
      `${Array.from({ length: 10 }, (_, i) => `class ${i}`).join('\n')}\n\n`,
    ),
  };

  it('has ten classes, from a folder or an archive', async () => {
    write(ten);
    const { train, test } = await cifar10({ folder });
    expect([...train.labels, ...test.labels]).toEqual([1, 2, 3, 4, 5, 0, 9]);
    expect(train.classes[3]).toBe('class 3');
    expect(test.inputShape).toEqual([3, 32, 32]);
    expect(test.get(1)[0].data[0]).toBeCloseTo((1 - 0.4914) / 0.247, 5);
    write({ 'test_batch.bin': new Uint8Array(3074) });
    await expect(cifar10({ folder })).rejects.toThrow(
      'expected records of 3073 bytes, got 3074 bytes',
    );
  });

  it('has the names of its classes from a list in UTF-16, too', async () => {
    const names = new TextDecoder().decode(ten['batches.meta.txt']);
    write({ ...ten, 'batches.meta.txt': Buffer.from(`\ufeff${names}`, 'utf16le') });
    expect((await cifar10({ folder })).train.classes[0]).toBe('class 0');
  });

  it('has a hundred classes or twenty', async () => {
    write({
      'train.bin': Uint8Array.from(record([1, 7], 0)),
      'test.bin': Uint8Array.from(record([0, 99], 0)),
      'fine_label_names.txt': Array.from({ length: 100 }, (_, i) => `fine ${i}`).join('\n'),
      'coarse_label_names.txt': 'a\nb\n',
    });
    expect([...(await cifar100({ folder })).test.labels]).toEqual([99]);
    expect([...(await cifar100({ folder, labels: 'coarse' })).train.labels]).toEqual([1]);
    await expect(cifar100({ folder, labels: 'rough' as never })).rejects.toThrow("got 'rough'");
  });
});

describe('recordings', () => {
  /** 8 kHz, 16 bits, a few samples. */
  const wav = (count: number): Uint8Array => {
    const bytes = new Uint8Array(44 + 2 * count);
    bytes.set(new TextEncoder().encode('RIFF....WAVEfmt '));
    bytes.set([16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0], 16);
    bytes.set(new TextEncoder().encode('data'), 36);
    new DataView(bytes.buffer).setUint32(4, bytes.length - 8, true);
    new DataView(bytes.buffer).setUint32(40, 2 * count, true);
    return bytes;
  };

  it('fsdd tests the recordings 0 to 4 of each speaker', async () => {
    const names = ['3_ann_0', '3_ann_4', '3_ann_5', '7_bob_12', '7_bob_1'];
    write(Object.fromEntries(names.map((name, i) => [`recordings/${name}.wav`, wav(5 + i)])));
    const { train, test } = await fsdd({ folder });
    expect(test.files).toEqual([
      'recordings/3_ann_0.wav',
      'recordings/3_ann_4.wav',
      'recordings/7_bob_1.wav',
    ]);
    expect([...train.labels!]).toEqual([3, 7]);
    const [recording, label] = await train.get(1);
    expect([recording.shape, recording.sampleRate, label]).toEqual([[1, 8], 8000, 7]);
    const lengths = await fsdd({ folder, transform: ({ shape }) => shape[1] });
    expect((await lengths.test.get(0))[0]).toBe(5);
    rmSync(join(folder, 'recordings'), { recursive: true });
    await expect(fsdd({ folder })).rejects.toThrow('expected files such as 7_jackson_32.wav');
  });

  it('speechCommands splits by its lists', async () => {
    write({
      'yes/a.wav': wav(1),
      'yes/b.wav': wav(1),
      'no/a.wav': wav(1),
      'no/c.wav': wav(1),
      '_background_noise_/n.wav': wav(1),
      'testing_list.txt': 'yes/b.wav\n',
      'validation_list.txt': 'no/c.wav\n',
    });
    const { train, validation, test } = await speechCommands({ folder });
    expect(train.classes).toEqual(['no', 'yes']);
    expect([train.files, validation.files, test.files]).toEqual([
      ['no/a.wav', 'yes/a.wav'],
      ['no/c.wav'],
      ['yes/b.wav'],
    ]);
    write({ 'testing_list.txt': Buffer.from('\ufeffyes/b.wav\r\n', 'utf16le') });
    expect((await speechCommands({ folder })).test.files).toEqual(['yes/b.wav']);
    const one = await speechCommands({ folder, classes: ['yes'] });
    expect([...one.train.labels!]).toEqual([0]);
    await expect(speechCommands({ folder, classes: ['maybe'] })).rejects.toThrow(
      "'maybe' is none of the words no, yes",
    );
  });
});

describe('downloads', () => {
  const content = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31) >> 3);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const remote = (server: FileServer): RemoteFile => ({
    file: 'set.bin',
    url: `${server.url}/set.bin`,
    sha256,
    bytes: content.length,
  });
  const served = new Map([['set.bin', content]]);

  it('are kept by set, with progress, and made once', async () => {
    await using server = await FileServer.start(served);
    const seen: number[] = [];
    const options = {
      cache: folder,
      onProgress: ({ received }: { received: number }) => seen.push(received),
    };
    const path = await fetchSetFile('toys', remote(server), options);
    expect(path).toBe(join(folder, 'toys', 'set.bin'));
    expect(seen.at(-1)).toBe(content.length);
    await fetchSetFile('toys', remote(server), options);
    expect(server.requests).toHaveLength(1);
  });

  it('go on where a connection broke off', async () => {
    let breakOff = (): void => {};
    await using server = await FileServer.start(served, (_, response, count) => {
      if (count > 1) return false;
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 70_000));
      breakOff = () => response.destroy();
      return true;
    });
    await fetchSetFile('toys', remote(server), {
      cache: folder,
      // Not before all of it has come: what a connection still holds when it ends is lost.
      onProgress: ({ received }) => {
        if (received === 70_000) breakOff();
      },
    });
    expect(server.requests).toEqual(['set.bin', 'set.bin bytes=70000-']);
  });

  it('refuse other content, keep nothing of it, and take a mirror', async () => {
    const wrong = new Map([['set.bin', content.toReversed()]]);
    await using server = await FileServer.start(wrong);
    await using mirror = await FileServer.start(served);
    const failing = fetchSetFile('toys', remote(server), { cache: folder });
    await expect(failing).rejects.toThrow(DownloadError);
    await expect(failing).rejects.toMatchObject({ fault: 'hash' });
    expect(existsSync(join(folder, 'toys', 'set.bin'))).toBe(false);
    await fetchSetFile('toys', remote(server), { cache: folder, mirror: mirror.url });
    expect(mirror.requests).toEqual(['set.bin']);
    const offline = fetchSetFile('others', remote(server), { cache: folder, offline: true });
    await expect(offline).rejects.toMatchObject({ fault: 'offline' });
  });

  it('name what a server lacks, for each set', async () => {
    await using server = await FileServer.start(new Map());
    const download = { cache: folder, mirror: server.url, retries: 0 };
    // Each with options of its own, which are none of the download's.
    for (const loading of [
      () => fashionMnist({ ...download, dims: 1 }),
      () => kmnist({ ...download, dims: 2 }),
      () => qmnist(download),
      () => emnist({ ...download, split: 'letters' }),
      () => cifar10(download),
      () => cifar100({ ...download, labels: 'coarse' }),
      () => fsdd({ ...download, sampleRate: 4000 }),
      () => speechCommands({ ...download, classes: ['yes'] }),
      () => ucr('GunPoint', { ...download, missing: 'keep' }),
      () => quickdrawBitmaps({ ...download, classes: ['cat'] }),
    ]) {
      await expect(loading()).rejects.toMatchObject({ fault: 'missing' });
    }
    expect(new Set(server.requests)).toContain('speech_commands_v0.02.tar.gz');
  });

  it('are shown as a bar, or as lines', () => {
    const drawn = (isTTY: boolean): string => {
      let text = '';
      const show = progressBar({ isTTY, write: (more: string) => (text += more) });
      for (const received of [0, 4e5, 5e5, 1e6]) show({ file: 'set.bin', received, total: 1e6 });
      return text;
    };
    expect(drawn(true)).toContain('\rset.bin ███████████████░░░░░░░░░░░░░░░ 0.5 of 1.0 MB');
    expect(drawn(true).endsWith('1.0 of 1.0 MB\n')).toBe(true);
    expect(drawn(false).split('\n')).toEqual([
      'set.bin: 0.0 of 1.0 MB',
      'set.bin: 0.4 of 1.0 MB',
      'set.bin: 0.5 of 1.0 MB',
      'set.bin: 1.0 of 1.0 MB',
      '',
    ]);
  });
});

describe('archives', () => {
  const path = () => join(folder, 'a.tar.gz');

  it('tar is read file by file, and unpacked as a whole or not at all', async () => {
    const large = Uint8Array.from({ length: 100_000 }, (_, i) => i);
    writeFileSync(
      path(),
      gzipSync(
        tar({ 'a/one.bin': Uint8Array.of(1, 2), 'a/b/two.bin': large, empty: new Uint8Array(0) }),
      ),
    );
    const found: [string, number][] = [];
    for await (const { name, bytes } of readTarGz(path())) found.push([name, bytes.length]);
    expect(found).toEqual([
      ['a/one.bin', 2],
      ['a/b/two.bin', 100_000],
      ['empty', 0],
    ]);
    const target = join(folder, 'out');
    await unpackTarGz(path(), target);
    expect(existsSync(join(target, 'a/b/two.bin'))).toBe(true);
    const packed = gzipSync(tar({ 'a/one.bin': large }));
    for (const broken of [
      packed.subarray(0, 200),
      gzipSync(tar({ x: large }).subarray(0, 5000)),
      Buffer.from('no archive'),
    ]) {
      writeFileSync(path(), broken);
      await expect(unpackTarGz(path(), join(folder, 'broken'))).rejects.toThrow(DataFileError);
      expect(existsSync(join(folder, 'broken'))).toBe(false);
    }
    writeFileSync(path(), gzipSync(tar({ '../escape': Uint8Array.of(1) })));
    await expect(unpackTarGz(path(), join(folder, 'escape'))).rejects.toThrow('outside the folder');
  });

  it.each(process.platform === 'linux' ? ['file/x', '/proc/x/y'] : ['file/x'])(
    'says that nothing can be unpacked or kept in %s, and what names another place',
    async (place) => {
      writeFileSync(join(folder, 'file'), 'no folder');
      writeFileSync(path(), gzipSync(tar({ 'a/one.bin': Uint8Array.of(1) })));
      const target = place.startsWith('/') ? place : join(folder, place);
      const said = new RegExp(`kept in ${target}.*\\((ENOENT|ENOTDIR)\\b.*CONVNET_DATASETS`);
      const unpacking = unpackTarGz(path(), target);
      await expect(unpacking).rejects.toMatchObject({
        fault: 'cache',
        message: expect.stringMatching(said) as unknown,
      });
      const download = { cache: target, mirror: 'http://localhost:1/', retries: 0 };
      for (const loading of [() => fashionMnist(download), () => ucr('GunPoint', download)]) {
        await expect(loading()).rejects.toMatchObject({
          fault: 'cache',
          message: expect.stringMatching(said) as unknown,
        });
      }
    },
  );

  it('zip is read one file alone', async () => {
    // Written by Python's zipfile: one.txt stored, two.txt deflated.
    const zip = Buffer.from(
      'UEsDBBQAAAAAAAAAIQCGphA2BQAAAAUAAAAHAAAAb25lLnR4dGhlbGxvUEsDBBQAAAAIAAAAIQBkenCvBgAAAGQAAAAHAAAAdHdvLnR4dEtMpD0AAFBLAQIUAxQAAAAAAAAAIQCGphA2BQAAAAUAAAAHAAAAAAAAAAAAAACAAQAAAABvbmUudHh0UEsBAhQDFAAAAAgAAAAhAGR6cK8GAAAAZAAAAAcAAAAAAAAAAAAAAIABKgAAAHR3by50eHRQSwUGAAAAAAIAAgBqAAAAVQAAAAAA',
      'base64',
    );
    const file = join(folder, 'a.zip');
    writeFileSync(file, zip);
    const text = async (name: string) => new TextDecoder().decode(await readZipEntry(file, name));
    expect(await text('one.txt')).toBe('hello');
    expect(await text('two.txt')).toBe('a'.repeat(100));
    await expect(text('three.txt')).rejects.toThrow(
      "has no file 'three.txt'; it has one.txt, two.txt",
    );
    writeFileSync(file, zip.subarray(0, 60));
    await expect(text('one.txt')).rejects.toThrow('its directory is missing');
  });
});
