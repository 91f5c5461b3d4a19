import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HostArray } from '../dataset/host-array.ts';
import { ImageError } from '../errors.ts';
import type { RandomStream } from '../random/random-stream.ts';
import { sampleStream } from '../random/streams.ts';
import { compose, type Step } from '../transform/compose.ts';
import { sizeToCut } from './decode/decode-node.ts';
import { decodeBox, decodeImage } from './decode/decode.ts';
import type { Image } from './image.ts';
import { imageFolder } from './image-folder.ts';
import { toTensor } from './tensor.ts';
import { grayscale, randomCrop, randomHorizontalFlip, randomResizedCrop } from './transforms.ts';

const [width, height] = [301, 203];

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'convnet-crops-'));
  mkdirSync(join(root, 'a'));
  mkdirSync(join(root, 'b'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const picture = sharp(
  Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => 128 + 60 * Math.sin(i / 77) + 50 * Math.sin(i / (width * 3) / 5),
  ),
  { raw: { width, height, channels: 3 } },
);

const files = {
  plain: picture.clone().jpeg().toBuffer(),
  'whole colours': picture.clone().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
  progressive: picture.clone().jpeg({ progressive: true }).toBuffer(),
  grey: picture.clone().toColourspace('b-w').jpeg().toBuffer(),
  turned: picture.clone().withExif({}).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  'with bytes behind its end': picture
    .clone()
    .jpeg()
    .toBuffer()
    .then((bytes) => Buffer.concat([bytes, Buffer.from([0, 1, 2])])),
  'no JPEG': picture.clone().png().toBuffer(),
};

const transforms: Readonly<Record<string, Step<Image, HostArray<Float32Array>>>> = {
  'a resized crop and a flip': compose(
    compose(randomResizedCrop(64), randomHorizontalFlip()),
    toTensor(),
  ),
  'a crop': compose(randomCrop([90, 120]), toTensor()),
  'a crop of full height': compose(randomCrop([height, height]), toTensor()),
  'a crop with a border': compose(randomCrop([height, 100], { padding: 9 }), toTensor()),
  'a crop behind another step': compose(grayscale(), randomResizedCrop(32), toTensor()),
  'a step of the user’s behind a crop': compose(
    randomResizedCrop(48),
    (image: Image): Image => ({ ...image }),
    toTensor(),
  ),
};

test.each(Object.entries(files))(
  'what begins with a crop gives the same samples: %s',
  async (_, file) => {
    const bytes = await file;
    writeFileSync(join(root, 'a', '1.jpg'), bytes);
    writeFileSync(join(root, 'b', '2.jpg'), bytes);
    for (const transform of Object.values(transforms)) {
      for (const applyExifOrientation of [false, true]) {
        // A transform in a function is only that: all of the picture is decoded for it.
        const opaque: typeof transform = (image, random) => transform(image, random);
        const options = { applyExifOrientation };
        const [cut, whole] = [
          await imageFolder(root, { transform, ...options }),
          await imageFolder(root, { transform: opaque, ...options }),
        ];
        for (let place = 0; place < 6; place++) {
          const stream = (): RandomStream => sampleStream(3, 0, place);
          const [input] = await cut.get(place % 2, stream());
          const [expected] = await whole.get(place % 2, stream());
          expect(input.shape).toEqual(expected.shape);
          expect(input.data).toEqual(expected.data);
        }
      }
    }
  },
);

test('only what is whole to its last bytes is cut', async () => {
  const bytes = await files.plain;
  const size = { width, height };
  expect(sizeToCut(bytes, {})).toEqual(size);
  expect(sizeToCut(await files.progressive, {})).toEqual(size);
  expect(sizeToCut(await files.turned, {})).toEqual(size);
  expect(sizeToCut(await files.turned, { applyExifOrientation: true })).toBeNull();
  for (const other of ['grey', 'with bytes behind its end', 'no JPEG'] as const) {
    expect(sizeToCut(await files[other], {})).toBeNull();
  }
  expect(sizeToCut(bytes.subarray(0, -1), {})).toBeNull();
  expect(sizeToCut(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), {})).toBeNull();
});

test('a file that is cut short is told wherever the crop is', async () => {
  const bytes = await files.plain;
  writeFileSync(join(root, 'a', '1.jpg'), bytes.subarray(0, bytes.length - 9));
  writeFileSync(join(root, 'b', '2.jpg'), bytes);
  const set = await imageFolder(root, { transform: randomCrop(8) });
  for (let place = 0; place < 8; place++) {
    const reading = set.get(0, sampleStream(1, 0, place));
    await expect(reading).rejects.toThrow(ImageError);
    await expect(reading).rejects.toMatchObject({ source: 'a/1.jpg' });
  }
});

test('a file that cannot be decoded is told as where all of it is', async () => {
  const damaged = new Uint8Array(await files.plain);
  // Tables of Huffman codes, behind the start of frame, that are none.
  const table = damaged.findIndex((byte, i) => byte === 0xff && damaged[i + 1] === 0xc4);
  damaged.fill(0xff, table + 5, table + 20);
  expect(sizeToCut(damaged, {})).toEqual({ width, height });
  const box = { top: 0, left: 0, height: 9, width: 9 };
  const [cut, whole] = await Promise.all(
    [decodeBox(damaged, 'cat/7.jpg', {}, () => box), decodeImage(damaged, 'cat/7.jpg')].map(
      (decoding) => decoding.catch((error: unknown) => error),
    ),
  );
  expect(cut).toBeInstanceOf(ImageError);
  expect(cut).toEqual(whole);
});

test('a crop that does not fit is refused by the size in the header', async () => {
  writeFileSync(join(root, 'a', '1.jpg'), await files.plain);
  writeFileSync(join(root, 'b', '2.jpg'), await files.plain);
  const set = await imageFolder(root, { transform: randomCrop(400) });
  await expect(set.get(0)).rejects.toThrow(
    `randomCrop: expected a picture of at least 400x400 (height x width), got ${height}x${width}`,
  );
});
