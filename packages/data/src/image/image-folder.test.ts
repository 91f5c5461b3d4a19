import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reference } from '@convnet/tensor-core/reference';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writerOf } from '../dataset/deferred-array.ts';
import { randomSplit } from '../dataset/split.ts';
import { FileError, SampleError } from '../errors.ts';
import { chosenFiles, type FileSource } from '../files/file-source.ts';
import { DataLoader } from '../loader/data-loader.ts';
import { openDataset } from '../loader/open-dataset.ts';
import type { FileDataset } from '../files/file-dataset.ts';
import { compose } from '../transform/compose.ts';
import { image } from './image.ts';
import { imageFolder, imageList } from './image-folder.ts';
import { decodedImage, fixtures, imageFile } from './testing/fixtures.ts';
import { toTensor } from './tensor.ts';
import { randomHorizontalFlip, randomResizedCrop, resize } from './transforms.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'convnet-images-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Readonly<Record<string, Uint8Array | string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

const jpeg = imageFile('rgb-420.jpg');
const png = imageFile('grey.png');
const pets = {
  'dog/b.jpg': jpeg,
  'dog/a.PNG': png,
  'dog/puppies/z.jpeg': jpeg,
  'cat/1.jpg': jpeg,
  'cat/notes.txt': 'no picture',
  'cat/.hidden.jpg': 'no picture',
};

describe('imageFolder', () => {
  it('writes planes into batches as they would be alone', async () => {
    write({ 'a/1.jpg': jpeg, 'a/2.png': png, 'b/3.jpg': jpeg });
    const steps = [randomResizedCrop(8), toTensor({ mean: [0.5, 0.4, 0.3] })] as const;
    const nested = compose(compose(steps[0], randomHorizontalFlip()), compose(steps[1]));
    const device = reference();
    const transforms = [compose(...steps), nested, compose(nested, (x) => x)];
    for (const [i, transform] of transforms.entries()) {
      const set = await imageFolder(root, { transform });
      const loader = new DataLoader(set, { batchSize: 3, device, seed: 5 });
      expect(writerOf((await set.get(0))[0]) !== undefined).toBe(i < 2);
      const alone = await imageFolder(root, {
        transform: (picture, random) => transform(picture, random),
      });
      const other = new DataLoader(alone, { batchSize: 3, device, seed: 5 });
      for await (const [inputs] of loader) {
        for await (const [expected] of other) {
          expect(await inputs.data()).toEqual(await expected.data());
        }
      }
    }
  });

  it('computes planes at once where a step hands out memory that it uses again', async () => {
    write({ 'a/1.jpg': jpeg, 'a/2.jpg': jpeg, 'b/3.jpg': jpeg });
    const scratch = image(new Uint8Array(12), 2, 2);
    let count = 0;
    const transform = compose(() => {
      scratch.data.fill(++count);
      return scratch;
    }, toTensor());
    const set = await imageFolder(root, { transform });
    const loader = new DataLoader(set, { batchSize: 3, device: reference() });
    for await (const [inputs] of loader) {
      const firsts = (await inputs.data()).filter((_, i) => i % 12 === 0);
      expect(firsts.toSorted((a, b) => a - b)).toEqual(
        Float32Array.of(1, 2, 3).map((value) => value / 255),
      );
    }
  });

  it('has classes by name, files by path, and reads when asked', async () => {
    write({ ...pets, 'read me.txt': 'beside the folders' });
    const set = await imageFolder(root);
    expect(set.classes).toEqual(['cat', 'dog']);
    expect(set.files).toEqual(['cat/1.jpg', 'dog/a.PNG', 'dog/b.jpg', 'dog/puppies/z.jpeg']);
    expect([...set.labels!]).toEqual([0, 1, 1, 1]);
    const [input, label] = await set.get(2);
    expect(label).toBe(1);
    expect(input.shape).toEqual([3, 29, 37]);
    const expected = decodedImage(fixtures.decoded['rgb-420.jpg']!);
    expect(input.data[0]).toBe(Math.fround(expected.data[0]! / 255));
    const same = await imageFolder(pathToFileURL(root), {
      transform: compose(resize([8, 9]), toTensor()),
    });
    expect((await same.get(1))[0].shape).toEqual([3, 8, 9]);
  });

  it('follows links, and reads what was chosen in a browser', async () => {
    write({ 'cat/1.jpg': jpeg, 'dog/2.jpg': jpeg });
    symlinkSync(join(root, 'cat/1.jpg'), join(root, 'dog/3.jpg'));
    expect((await imageFolder(root)).files).toEqual(['cat/1.jpg', 'dog/2.jpg', 'dog/3.jpg']);
    const files = ['pets/dog/2.jpg', 'pets/cat/1.jpg'].map((path) => ({
      name: path.slice(-5),
      webkitRelativePath: path,
      arrayBuffer: () => Promise.resolve(new Uint8Array(jpeg).buffer),
    }));
    const chosen = await imageFolder(chosenFiles(files));
    expect(chosen.files).toEqual(['cat/1.jpg', 'dog/2.jpg']);
    expect((await chosen.get(0))[0].shape).toEqual([3, 29, 37]);
  });

  it('may be given the class list of the training set', async () => {
    write({ 'dog/1.jpg': jpeg });
    const test = await imageFolder(root, { classes: ['cat', 'dog'] });
    expect([...test.labels!]).toEqual([1]);
    await expect(imageFolder(root, { classes: ['cat'] })).rejects.toThrow(
      "expected folders of the 1 classes 'cat', got also 'dog'",
    );
  });

  it.each([
    ['it is empty', {}],
    ['it has 1 files and no folders', { 'a.jpg': jpeg }],
    ["found only 'train'; is it '", { 'train/cat/1.jpg': jpeg, 'train/dog/1.jpg': jpeg }],
    ["found none in 'cat'", { 'cat/notes.txt': 'x', 'dog/1.jpg': jpeg }],
  ])('says: %s', async (message, files) => {
    write(files);
    const reading = imageFolder(root);
    await expect(reading).rejects.toThrow(FileError);
    await expect(reading).rejects.toThrow(message);
  });

  it('says that there is no folder, and what is none', async () => {
    await expect(imageFolder(join(root, 'absent'))).rejects.toMatchObject({ fault: 'missing' });
    await expect(imageFolder(7 as unknown as FileSource)).rejects.toThrow(
      "expected folder as a folder's path or URL",
    );
    await expect(imageFolder(root, { transforms: 1 } as never)).rejects.toThrow(
      "did you mean 'transform'",
    );
  });

  it('stops at a damaged picture or leaves it out, naming it', async () => {
    write({ ...pets, 'cat/2.jpg': jpeg.subarray(0, 700), 'dog/c.jpg': 'not a picture' });
    const device = reference();
    const set = await imageFolder(root, { transform: compose(resize([4, 4]), toTensor()) });
    const count = async (
      loader: AsyncIterable<readonly [{ shape: readonly number[] }, unknown]>,
    ) => {
      let samples = 0;
      for await (const [inputs] of loader) samples += inputs.shape[0]!;
      return samples;
    };
    const stopping = count(new DataLoader(set, { batchSize: 4, device }));
    await expect(stopping).rejects.toThrow(SampleError);
    await expect(stopping).rejects.toThrow(
      'sample 1 (cat/2.jpg): cannot be decoded (700 bytes, JPEG',
    );
    const skipping = new DataLoader(set, { batchSize: 4, device, onError: 'skip' });
    expect(await count(skipping)).toBe(4);
    expect(skipping.skipped.map(({ source }) => source)).toEqual([
      'sample 1 (cat/2.jpg)',
      'sample 4 (dog/c.jpg)',
    ]);
    // Again, they are the same.
    await count(skipping);
    expect(skipping.skipped).toHaveLength(2);
  });

  it('is loaded and augmented in workers', async () => {
    write({ ...pets, 'cat/2.jpg': jpeg, 'cat/3.jpg': jpeg });
    const opened = await openDataset<FileDataset<{ data: Float32Array; shape: number[] }>>(
      new URL('./testing/folder-set.ts', import.meta.url),
      { options: { root }, name: 'folderSet' },
    );
    const options = { batchSize: 2, shuffle: true, seed: 2, device: reference() };
    const batches = async (loader: { hostBatches(): AsyncIterable<unknown> }) => {
      const found: unknown[] = [];
      for await (const batch of loader.hostBatches()) found.push(batch);
      return found;
    };
    const alone = await batches(new DataLoader(opened, options));
    using threaded = new DataLoader(opened, { ...options, numWorkers: 2 });
    expect(alone).toHaveLength(3);
    expect(await batches(threaded)).toEqual(alone);
    const [train] = randomSplit(opened, [4, 2]);
    using part = new DataLoader(train!, { ...options, numWorkers: 1 });
    expect(await batches(part)).toHaveLength(2);
  });
});

describe('imageList', () => {
  const list = 'file,species,owner,age,indoors\ncat/1.jpg,cat,Ann,2.5,1\n"dog/b.jpg",dog,Bob,4,0\n';

  it('has classes, groups, or numbers', async () => {
    write({ ...pets, 'labels.csv': list });
    const species = await imageList(root, { group: 'owner' });
    expect(species.classes).toEqual(['cat', 'dog']);
    expect(species.groups).toEqual(['Ann', 'Bob']);
    expect((await species.get(1))[1]).toBe(1);
    const numbers = await imageList(root, { targets: ['age', 'indoors'] });
    expect((await numbers.get(0))[1]).toEqual(Float32Array.of(2.5, 1));
    const both = await imageList(root, {
      label: 'species',
      targets: ['age'],
      classes: ['dog', 'cat'],
    });
    expect((await both.get(0))[1]).toEqual([1, Float32Array.of(2.5)]);
  });

  it.each([
    [
      'labels.csv: 2 of 2 files that the list names are not in ',
      'file,label\nx.jpg,a\ny.jpg,b\n',
      {},
    ],
    ['expected a label for cat/1.jpg in line 2, got none', 'file,label\ncat/1.jpg,\n', {}],
    ["got 'bird'", 'file,label\ncat/1.jpg,bird\n', { classes: ['cat'] }],
    [
      "expected a number in column 'age' of line 2, got 'old'",
      'file,age\ncat/1.jpg,old\n',
      { targets: ['age'] },
    ],
    [
      "expected a number in column 'age' of line 2, got nothing",
      'file,age\ncat/1.jpg,\n',
      { targets: ['age'] },
    ],
    ["expected a column 'name' with the paths", 'file,label\ncat/1.jpg,a\n', { path: 'name' }],
    ['the list names no file', 'file,label\n', {}],
    ['expected a line that names the columns', '', {}],
    [
      'expected 2 fields in line 3, as in line 1, got 1',
      'file,label\ncat/1.jpg,a\ncat/1.jpg\n',
      {},
    ],
    ['the quotes in the row of line 2 do not end', 'file,label\n"cat/1.jpg,a\n', {}],
  ])('says: %s', async (message, text, options) => {
    write({ ...pets, 'labels.csv': text });
    const reading = imageList(root, options);
    await expect(reading).rejects.toThrow(FileError);
    await expect(reading).rejects.toThrow(message);
  });

  it('says that there is no list', async () => {
    write(pets);
    await expect(imageList(root, { list: 'none.csv' })).rejects.toMatchObject({ fault: 'missing' });
  });
});
