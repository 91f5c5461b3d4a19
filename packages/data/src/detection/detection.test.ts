import { describe, expect, test } from 'vitest';
import sharp from 'sharp';

import * as detection from '../detection.ts';
import { FileError } from '../errors.ts';
import type { FileSource } from '../files/file-source.ts';
import { image } from '../image/image.ts';
import { randomFor } from '../random/streams.ts';
import type { DetectionSample } from './sample.ts';

const encoder = new TextEncoder();

/** Files in memory; pictures are black ones of 20x10 pixels. */
async function files(
  texts: Readonly<Record<string, string>>,
  pictures: readonly string[],
): Promise<FileSource> {
  const background = { r: 0, g: 0, b: 0 };
  const create = { width: 20, height: 10, channels: 3 as const, background };
  const picture = new Uint8Array(await sharp({ create }).png().toBuffer());
  const all = new Map<string, Uint8Array>([
    ...Object.entries(texts).map(([path, text]) => [path, encoder.encode(text)] as const),
    ...pictures.map((path) => [path, picture] as const),
  ]);
  return {
    name: 'memory',
    list: () => Promise.resolve([...all.keys()]),
    read: (path) => {
      const found = all.get(path);
      if (found === undefined)
        return Promise.reject(new FileError('missing', path, 'is not there'));
      return Promise.resolve(found);
    },
  };
}

const object = (name: string, box: string, more = ''): string => {
  const [xmin, ymin, xmax, ymax] = box.split(' ');
  return `<object><name>${name}</name>${more}<part><name>head</name><bndbox><xmin>9</xmin></bndbox></part>
    <bndbox><xmin>${xmin}</xmin><ymin>${ymin}</ymin><xmax>${xmax}</xmax><ymax>${ymax}</ymax></bndbox></object>`;
};
const annotation = (...objects: string[]): string =>
  `<?xml version="1.0"?><annotation><filename>a.png</filename>${objects.join('')}</annotation>`;

describe('PASCAL VOC', () => {
  const set = (text: string): Promise<FileSource> =>
    files({ 'Annotations/a.xml': text, 'ImageSets/Main/val.txt': 'a  1\n' }, ['JPEGImages/a.png']);

  test('gives boxes, labels and what is difficult', async () => {
    const source = await set(
      annotation(
        object('dog', '2 3 12 9'),
        object('cat &amp; co', '1 1 5 5', '<difficult>1</difficult>'),
      ),
    );
    const found = await detection.vocDetection(source, { imageSet: 'val' });
    expect(found.classes).toEqual(['background', 'cat & co', 'dog']);
    const sample = await found.get(0);
    expect([...sample.boxes]).toEqual([2, 3, 12, 9, 1, 1, 5, 5]);
    expect([...sample.labels]).toEqual([2, 1]);
    expect([...sample.difficult]).toEqual([0, 1]);
    expect([...sample.areas]).toEqual([60, 16]);
    expect([sample.image.width, sample.image.height]).toEqual([20, 10]);
    const shifted = await detection.vocDetection(source, { origin: 1 });
    expect([...(await shifted.get(0)).boxes.subarray(0, 4)]).toEqual([1, 2, 12, 9]);
  });

  test.each([
    ['no XML', '<annotation><object>', /a\.xml: is no XML/],
    [
      'no number',
      annotation(object('dog', '2 x 12 9')),
      /object 0: expected ymin as a number, got x/,
    ],
    ['no name', annotation(object('', '2 3 12 9')), /object 0: expected a name/],
    ['another class', annotation(object('cow', '2 3 12 9')), /expected a class of dog, got 'cow'/],
  ])('refuses %s', async (_, text, message) => {
    const source = await set(text);
    await expect(detection.vocDetection(source, { classes: ['dog'] })).rejects.toThrow(message);
  });

  test('refuses a picture and annotations that are not there', async () => {
    const lone = await files({ 'Annotations/a.xml': annotation() }, []);
    await expect(detection.vocDetection(lone)).rejects.toThrow("its picture 'a.png' is not in");
    await expect(detection.vocDetection(await files({}, []))).rejects.toThrow(
      'expected annotations',
    );
  });
});

describe('COCO', () => {
  const good = {
    images: [
      { id: 7, file_name: 'a.png' },
      { id: 3, file_name: 'b.png' },
    ],
    categories: [
      { id: 90, name: 'brush' },
      { id: 2, name: 'bicycle' },
    ],
    annotations: [
      { id: 1, image_id: 7, category_id: 90, bbox: [1, 2, 3, 4], area: 5.5, iscrowd: 0 },
      { id: 2, image_id: 7, category_id: 2, bbox: [0, 0, 2, 2], iscrowd: 1 },
    ],
  };

  test('gives labels in the order of the ids, corners, areas and crowds', async () => {
    const source = await files({ 'x.json': JSON.stringify(good) }, ['p/a.png', 'p/b.png']);
    const options = { annotations: 'x.json', images: 'p' };
    const all = await detection.cocoDetection(source, { ...options, crowds: true });
    expect(all.classes).toEqual(['background', 'bicycle', 'brush']);
    expect(all.files).toEqual(['p/a.png', 'p/b.png']);
    const first = await all.get(0);
    expect([...first.boxes]).toEqual([1, 2, 4, 6, 0, 0, 2, 2]);
    expect([...first.labels]).toEqual([2, 1]);
    expect([...first.crowd]).toEqual([0, 1]);
    expect([...first.areas]).toEqual([5.5, 4]);
    expect((await all.get(1)).labels).toHaveLength(0);
    const single = await detection.cocoDetection(source, options);
    expect([...(await single.get(0)).labels]).toEqual([2]);
  });

  test('gives the ids as labels where networks know those', async () => {
    const { images, classes } = detection.parseCoco(JSON.stringify(good), 'x', { labels: 'ids' });
    expect(images[0]!.objects.map(({ label }) => label)).toEqual([90, 2]);
    expect(classes).toHaveLength(90);
    expect([classes[1], classes[2], classes[89]]).toEqual(['bicycle', 'N/A', 'brush']);
    const wrong = { ...good, categories: [...good.categories, { id: 0, name: 'x' }] };
    expect(() => detection.parseCoco(JSON.stringify(wrong), 'x', { labels: 'ids' })).toThrow(
      'category 0: expected an id from 1 to 65535',
    );
    const source = await files({ 'x.json': JSON.stringify(good) }, ['a.png']);
    const set = await detection.cocoDetection(source, { annotations: 'x.json', labels: 'ids' });
    expect(set.classes[90]).toBe('brush');
  });

  const change = (name: 'annotations' | 'images' | 'categories', entry: object): string =>
    JSON.stringify({ ...good, [name]: [...good[name], entry] });

  test.each([
    ['no JSON', '{', /x\.json: is no JSON/],
    ['no object', '3', /expected an object/],
    ['no lists', '{}', /expected 'images' as a list/],
    [
      'an image that is not there',
      change('annotations', { id: 9, image_id: 8, category_id: 2, bbox: [0, 0, 1, 1] }),
      /annotation 9: there is no image with the id 8/,
    ],
    [
      'a category that is not there',
      change('annotations', { id: 9, image_id: 7, category_id: 5, bbox: [0, 0, 1, 1] }),
      /annotation 9: there is no category with the id 5/,
    ],
    [
      'half a box',
      change('annotations', { id: 9, image_id: 7, category_id: 2, bbox: [0, 0] }),
      /annotation 9: expected bbox/,
    ],
    [
      'an id twice',
      change('images', { id: 7, file_name: 'c.png' }),
      /images: the id 7 occurs twice/,
    ],
    ['no id', change('categories', { name: 'x' }), /category number 2: expected a whole id/],
    ['no file', change('images', { id: 8 }), /image 8: expected a file_name/],
  ])('refuses %s', (_, text, message) => {
    const parse = (): unknown => detection.parseCoco(text, 'x.json');
    expect(parse).toThrow(FileError);
    expect(parse).toThrow(message);
  });
});

describe('masks and keypoints of COCO', () => {
  const square = [1, 1, 4, 1, 4, 3, 1, 3];
  const counts = [21, 3, 176];
  const annotations = [
    { id: 1, segmentation: [square], keypoints: [3, 4, 2, 0, 0, 0], category_id: 2 },
    { id: 2, segmentation: { size: [10, 20], counts }, iscrowd: 1, category_id: 1 },
  ].map((entry) => ({ image_id: 1, bbox: [1, 1, 3, 2], ...entry }));
  const good = {
    images: [{ id: 1, file_name: 'a.png' }],
    categories: [
      { id: 1, name: 'crowd' },
      { id: 2, name: 'person', keypoints: ['nose', 'tail'], skeleton: [[1, 2]] },
    ],
    annotations,
  };
  const options = { annotations: 'x.json', masks: true, keypoints: true, crowds: true };
  const set = async (file: unknown): Promise<detection.DetectionDataset> =>
    detection.cocoDetection(await files({ 'x.json': JSON.stringify(file) }, ['a.png']), options);

  test('are read where they are asked for', async () => {
    const found = await set(good);
    expect(found.keypoints).toEqual(['nose', 'tail']);
    const { masks, keypoints } = await found.get(0);
    expect(masks).toEqual([
      detection.polygonMask([square], [10, 20]),
      detection.decodeRle({ size: [10, 20], counts }),
    ]);
    // Of an object without keypoints none is known.
    expect([...keypoints!]).toEqual([3, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const { skeleton } = detection.parseCoco(JSON.stringify(good), 'x', { keypoints: true });
    expect(skeleton).toEqual([[0, 1]]);
    const source = await files({ 'x.json': JSON.stringify(good) }, ['a.png']);
    const plain = await detection.cocoDetection(source, { annotations: 'x.json' });
    const sample = await plain.get(0);
    expect([sample.masks, sample.keypoints, plain.keypoints]).toEqual([undefined, undefined, []]);
  });

  const changed = (change: object, index = 0): unknown => ({
    ...good,
    annotations: annotations.map((entry, i) => (i === index ? { ...entry, ...change } : entry)),
  });

  test.each<[string, unknown, RegExp]>([
    ['no mask', changed({ segmentation: [] }), /annotation 1: expected segmentation as polygons/],
    ['two points', changed({ segmentation: [[1, 1, 2, 2]] }), /annotation 1: expected polygon 0/],
    [
      'lengths of another size',
      changed({ segmentation: { size: [10, 20], counts: [3] } }, 1),
      /annotation 2: its segmentation is no mask .*200 pixels/,
    ],
    ['a keypoint too few', changed({ keypoints: [3, 4, 2] }), /annotation 1: expected 2 keypoints/],
    [
      'keypoints without visibility',
      changed({ keypoints: [3, 4, 5, 6] }),
      /annotation 1: expected 2 keypoints of x, y and visibility each, got 4 numbers/,
    ],
    [
      'another visibility',
      changed({ keypoints: [3, 4, 2, 1, 1, 3] }),
      /annotation 1: expected 0, 1 or 2 as the visibility of keypoint 1, got 3/,
    ],
    [
      'no names of keypoints',
      { ...good, categories: good.categories.map(({ id, name }) => ({ id, name })) },
      /expected a category with keypoints/,
    ],
    [
      'a line to nowhere',
      { ...good, categories: [good.categories[0], { ...good.categories[1], skeleton: [[0, 1]] }] },
      /category 2: expected skeleton as pairs of numbers from 1 to 2/,
    ],
    [
      'other keypoints',
      { ...good, categories: [...good.categories, { id: 3, name: 'x', keypoints: ['a'] }] },
      /category 3: expected 2 keypoints as category 2 has, got 1/,
    ],
  ])('refuses %s', async (_, file, message) => {
    await expect(set(file)).rejects.toThrow(FileError);
    await expect(set(file)).rejects.toThrow(message);
  });

  test('a mask of another size than its picture, by picture and object', async () => {
    const found = await set(changed({ segmentation: { size: [20, 10], counts } }, 1));
    await expect(found.get(0)).rejects.toThrow(
      "a.png: object 1: expected a mask of the picture's 10x20 (height x width), got 20x10",
    );
  });
});

describe('YOLO', () => {
  test('gives corners in pixels; a picture without a text has no objects', async () => {
    const source = await files({ 'labels/t/a.txt': '1 0.5 0.5 0.5 1\r\n\n0 0.25 0.5 0.1 0.2\n' }, [
      'images/t/a.png',
      'images/t/b.png',
    ]);
    const set = await detection.yoloDetection(source, { classes: ['ball', 'goal'] });
    const { boxes, labels } = await set.get(0);
    expect([...boxes]).toEqual([5, 0, 15, 10, 4, 4, 6, 6]);
    expect([...labels]).toEqual([2, 1]);
    expect((await set.get(1)).labels).toHaveLength(0);
    await expect(
      detection.yoloDetection(source, { classes: ['x'], images: 'none' }),
    ).rejects.toThrow('expected pictures');
  });

  test.each([
    ['0 1 2 3', /line 1: expected five numbers/],
    ['\n0 1 2 3 x', /line 2: expected five numbers/],
    ['2 0.5 0.5 1 1', /line 1: expected a class from 0 to 1, got 2/],
    ['0.5 0.5 0.5 1 1', /line 1: expected a class from 0 to 1, got 0.5/],
  ])('refuses %j', (text, message) => {
    expect(() => detection.parseYolo(text, 'a.txt', 2)).toThrow(message);
  });
});

describe('intervals', () => {
  test('are read by recording', () => {
    const { recordings, classes } = detection.parseIntervals(
      'file,begin,end,label\na,1.5,3,qrs\nb,0,9,p\na,5,6,p\n',
      'events.csv',
    );
    expect(classes).toEqual(['background', 'p', 'qrs']);
    expect([...recordings.get('a')!.boxes]).toEqual([1.5, 3, 5, 6]);
    expect([...recordings.get('a')!.labels]).toEqual([2, 1]);
    expect([...recordings.keys()]).toEqual(['a', 'b']);
  });

  test('have fiducial points where columns are named', () => {
    const text = 'file,begin,end,label,peak,notch\na,1,9,beat,4.5,\na,9,20,beat,,15\n';
    const { recordings } = detection.parseIntervals(text, 'e.csv', { points: ['peak', 'notch'] });
    expect([...recordings.get('a')!.keypoints!]).toEqual([4.5, 1, 0, 0, 0, 0, 15, 1]);
    expect(detection.parseIntervals(text, 'e.csv').recordings.get('a')!.keypoints).toBeUndefined();
    expect(() => detection.parseIntervals(text, 'e.csv', { points: ['dip'] })).toThrow(
      'expected the columns file, begin, end, label, dip',
    );
    expect(() =>
      detection.parseIntervals(text.replace('4.5', 'x'), 'e.csv', { points: ['peak'] }),
    ).toThrow("line 2: expected peak as a number or nothing, got 'x'");
  });

  test.each([
    ['file,begin,label\n', /expected the columns file, begin, end, label/],
    ['file,begin,end,label\na,3,1,p', /line 2: expected begin < end as numbers, got 3 and 1/],
    ['file,begin,end,label\na,,1,p', /line 2: expected begin < end/],
    ['file,begin,end,label\na,0,1,t', /line 2: expected a class of p, got 't'/],
  ])('refuses %j', (text, message) => {
    expect(() => detection.parseIntervals(text, 'e.csv', { classes: ['p'] })).toThrow(message);
  });
});

describe('transforms move boxes with the picture', () => {
  const data = Uint8Array.from({ length: 20 * 10 * 3 }, (_, i) => i % 251);
  const sample: DetectionSample = {
    image: image(data, 20, 10),
    boxes: Float32Array.of(2, 1, 8, 5, 15, 4, 20, 10),
    labels: Int32Array.of(1, 2),
    crowd: Uint8Array.of(0, 1),
    difficult: Uint8Array.of(1, 0),
    areas: Float64Array.of(20, 30),
  };
  const random = randomFor(0);

  test('mirrored', () => {
    const across = detection.randomHorizontalFlip({ probability: 1 })(sample, random);
    expect([...across.boxes]).toEqual([12, 1, 18, 5, 0, 4, 5, 10]);
    expect(across.image.data[0]).toBe(data[19 * 3]);
    expect([...detection.randomVerticalFlip({ probability: 1 })(sample, random).boxes]).toEqual([
      2, 5, 8, 9, 15, 0, 20, 6,
    ]);
    expect(detection.randomHorizontalFlip({ probability: 0 })(sample, random)).toBe(sample);
    expect(() => detection.randomVerticalFlip(0.5 as never)).toThrow(
      'expected the options (probability) as an object, got 0.5',
    );
  });

  test('resized', () => {
    const large = detection.resize(20)(sample, random);
    expect([large.image.width, large.image.height]).toEqual([40, 20]);
    expect([...large.boxes]).toEqual([4, 2, 16, 10, 30, 8, 40, 20]);
    expect([...large.areas]).toEqual([80, 120]);
  });

  test('cut: what is hardly left goes', () => {
    const part = detection.crop({ top: 0, left: 5, height: 8, width: 12 })(sample, random);
    expect([...part.boxes]).toEqual([0, 1, 3, 5, 10, 4, 12, 8]);
    expect([...part.areas]).toEqual([10, 8]);
    const strict = detection.crop({ top: 0, left: 5, height: 8, width: 12 }, { leastVisible: 0.4 });
    const left = strict(sample, random);
    expect([[...left.labels], [...left.difficult], [...left.crowd]]).toEqual([[1], [1], [0]]);
    expect(() => detection.crop({ top: 5, left: 0, height: 8, width: 9 })(sample, random)).toThrow(
      'expected a part of the picture',
    );
  });

  test('cut anywhere, inside the picture', () => {
    for (let i = 0; i < 20; i++) {
      const part = detection.randomCrop([4, 30], { leastVisible: 0 })(sample, randomFor(i));
      expect([part.image.width, part.image.height]).toEqual([20, 4]);
      for (const [side, value] of part.boxes.entries()) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(side % 2 === 0 ? 20 : 4);
      }
    }
  });
});
