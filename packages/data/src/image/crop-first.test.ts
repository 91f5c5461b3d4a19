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
import { crop } from './ops/geometry.ts';
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
  // The cause is what libvips keeps of all that failed, at a time that other threads have a part in.
  const { message, source } = whole as ImageError;
  expect(message).toContain('Bogus Huffman table definition');
  expect(cut).toMatchObject({ message, source });
});

/** Of libjpeg (`cjpeg -quality 1 -sample 2x1 -restart 2B`): 256x160 with a restart marker behind every second block. */
const restarts = [
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wCDEAMgAiYCWAK8AlgB9AMgArwCigK8A4QDUgMgA7YEsAfQBRQEsARMBEwEsAmSBtYHOgWqB9ALVAn2C+',
  'oLuAsiCfYK8Aq+DIAOEBH4DzwMgA1IEP4Negq+CvAPoBVKD9IQ/hKOEyQUHhRQFB4MHA8KFhIXohXgE4gXcBH4E7oUHhNW/9sAgxEDUgOEA4QE',
  'sAQaBLAJLgUUBRQJLhNWDOQK8AzkE1YTVhNWE1YTVhNWE1YTVhNWE1YTVhNWE1YTVhNWE1YTVhNWE1YTVhNWE1YTVhNWE1YTVhNWE1YTVhNWE1',
  'YTVhNWE1YTVhNWE1YTVhNWE1YTVhNWE1YTVhNWE1YTVhNWE1YTVv/BABEIAKABAAMBIQACEQEDEQH/xAAVAAEBAAAAAAAAAAAAAAAAAAAAAf/E',
  'ABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAVAQEBAAAAAAAAAAAAAAAAAAAAAf/EABQRAQAAAAAAAAAAAAAAAAAAAAD/3QAEAAL/2gAMAwEAAhEDEQ',
  'A/AIKAD//QgoAP/9GCgA//0oKAD//TgAA//9SAAD//1YAAP//WgKAP/9eCgA//0IKAD//RgoAP/9KCgIP/04AAP//UgAA//9WAAD//1oCgD//X',
  'goAP/9CCgA//0YKAD//SgoCD/9OAAD//1IAAP//VgAA//9aAAK//14KAD//QgoAP/9GCgA//0oKAg//TgAA//9SAAD//1YAAP//WgACv/9eCgA',
  '//0IKAD//RgoAP/9KAAD//04AAP//UgAA//9WAAD//1oAAr//XgoAP/9CCgA//0YKAD//SgAA//9OAAD//1IAAP//VgAA//9aAAK//14KAD//Q',
  'goAP/9GCgA//0oAAP//TgAA//9SAAD//1YAAP//WgAA//9eCgA//0IKAD//RgoCD/9KAAD//04AoD//UAAD/1QAA/9YAAP/XCgA//9AKAD//0Q',
  'oCD//SAAD/0wAA/9QAAP/VAAD/1gAA/9cKAD//0AoAP//RCgIP/9IAAP/TAAD/1AAA/9UAAP/WAAD/1woAP//QCgA//9EAAP/SAAD/0wAA/9QA',
  'AP/VAAD/1gAA/9cKAD//0AoAP//RAAD/0gAA/9MAAP/UAAD/1QAA/9YACD//1woAP//QCgA//9EAAP/SAAD/0wAA/9QAAP/VAAD/1gAIP//XCg',
  'A//9AKAg//0QAA/9IAAP/TAAD/1AAA/9UAAP/WAAg//9cKAD//0AoCD//RAAD/0gAA/9MAAP/UAAD/1QAA/9YIAD//1woAP//QCgIP/9EAAP/S',
  'AAD/0wAA/9QAAP/VAAD/1ggAP//XCgA//9AAAP/RAAD/0gAA/9MAAP/UAAD/1QAA/9YIAD//1woAP//QAAD/0QAA/9IAAP/TAAD/1AAA/9UACD',
  '//1ggAP//XCgIP/9AAAP/RAAD/0gAA/9MAAP/UAAD/1QAIP//WCAA//9cKAg//0AAA/9EAAP/SAAD/0wAA/9QAAP/VCAA//9YIAD//2Q==',
].join('');

test('a file whose restart markers are out of order below the crop is told as where all of it is', async () => {
  const bytes = Uint8Array.from(Buffer.from(restarts, 'base64'));
  expect(sizeToCut(bytes, {})).toEqual({ width: 256, height: 160 });
  const box = { top: 0, left: 0, height: 9, width: 9 };
  const decoded = await decodeBox(bytes, 'cat/7.jpg', {}, () => box);
  expect(decoded!.data).toEqual(crop(await decodeImage(bytes, 'cat/7.jpg'), box).data);
  const markers = Array.from(bytes.keys()).filter(
    (at) => bytes[at] === 0xff && bytes[at + 1]! >= 0xd0 && bytes[at + 1]! < 0xd8,
  );
  let refused = 0;
  for (const at of markers) {
    const damaged = bytes.slice();
    damaged[at + 1] = 0xdb;
    expect(sizeToCut(damaged, {})).toBeNull();
    const [cut, whole] = await Promise.all(
      [decodeBox(damaged, 'cat/7.jpg', {}, () => box), decodeImage(damaged, 'cat/7.jpg')].map(
        (decoding) => decoding.catch((error: unknown) => error),
      ),
    );
    // What is not cut is left to whole decoding.
    expect(cut).toBeNull();
    if (whole instanceof ImageError) refused++;
  }
  expect(refused).toBeGreaterThan(0);
});

test('what does not begin with segments that lead to a scan is not cut', async () => {
  const plain = new Uint8Array(await files.plain);
  const scan = plain.findIndex((byte, i) => byte === 0xff && plain[i + 1] === 0xda);
  const put = (at: number, ...more: readonly number[]): Uint8Array =>
    Uint8Array.from([...plain.subarray(0, at), ...more, ...plain.subarray(at)]);
  expect(sizeToCut(put(scan, 0xff, 0xfe, 0, 4, 0xff, 0xd9), {})).toEqual({ width, height });
  for (const odd of [put(2, 0xff), put(scan, 0xff), put(scan, 0), put(scan, 0xff, 0xd8)]) {
    expect(sizeToCut(odd, {})).toBeNull();
  }
});

test('a crop that does not fit is refused by the size in the header', async () => {
  writeFileSync(join(root, 'a', '1.jpg'), await files.plain);
  writeFileSync(join(root, 'b', '2.jpg'), await files.plain);
  const set = await imageFolder(root, { transform: randomCrop(400) });
  await expect(set.get(0)).rejects.toThrow(
    `randomCrop: expected a picture of at least 400x400 (height x width), got ${height}x${width}`,
  );
});
