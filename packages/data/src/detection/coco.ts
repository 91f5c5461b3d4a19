import {
  aBoolean,
  aFunction,
  aString,
  checkOptions,
  oneOf,
  optionKinds,
  requireKind,
} from '@convnet/tensor-core';

import { FileError } from '../errors.ts';
import { fileSource, type FilesOf } from '../files/file-source.ts';
import { keypointRows, keypointsOf, segmentationOf, type Entry } from './coco-objects.ts';
import {
  DetectionDataset,
  type AnnotatedImage,
  type AnnotatedObject,
  type DetectionDatasetOptions,
  type DetectionSample,
} from './sample.ts';
import { decodeText } from '../files/decode-text.ts';

export interface CocoOptions<S> extends DetectionDatasetOptions<S> {
  /** The file of annotations in the folder, such as 'annotations/instances_val2017.json'. */
  readonly annotations: string;
  /** The folder of the pictures in it. Default: the folder itself. */
  readonly images?: string;
  /** Whether boxes around crowds are kept: to measure, not to train. Default false. */
  readonly crowds?: boolean;
  /** Labels by the order of the categories' ids from 1 on ('order', the default), or the ids themselves ('ids'). */
  readonly labels?: 'order' | 'ids';
  /** Whether samples have a mask for each object. Default false. */
  readonly masks?: boolean;
  /** Whether samples have keypoints for each object. Default false. */
  readonly keypoints?: boolean;
}

const readingKinds = { labels: oneOf('order', 'ids'), masks: aBoolean, keypoints: aBoolean };

const cocoOptions = optionKinds<CocoOptions<unknown>>({
  transform: aFunction,
  annotations: aString,
  images: aString,
  crowds: aBoolean,
  ...readingKinds,
});

/** What a file of COCO says of its pictures. */
export interface CocoAnnotations {
  readonly images: readonly AnnotatedImage[];
  /** Names of the classes, in the order of their ids; label `i` means `classes[i - 1]`. 'N/A' for ids that none has. */
  readonly classes: readonly string[];
  /** Ids of the categories in the file: those of label 1, 2, … */
  readonly categoryIds: readonly number[];
  /** Names of the keypoints of each object; empty where they were not asked for. */
  readonly keypoints: readonly string[];
  /** Pairs of keypoints that lines join, by their numbers from 0; empty where keypoints were not asked for. */
  readonly skeleton: readonly (readonly [number, number])[];
}

/** How annotations are read. */
export interface ParseCocoOptions {
  /**
   * What labels are: the places of the categories in the order of their ids, from 1 on ('order', the default), or the ids
   * themselves ('ids'), as networks have them that were trained by torchvision: 1 to 90 for COCO's 80 categories.
   */
  readonly labels?: 'order' | 'ids';
  /** Polygons or run lengths of each object. Default false. */
  readonly masks?: boolean;
  /** Default false. */
  readonly keypoints?: boolean;
}

const parseOptions = optionKinds<ParseCocoOptions>(readingKinds);

/**
 * Reads annotations in COCO's JSON. Labels are the places of the categories' ids in their order, from 1 on, unless asked for otherwise.
 * @param source what errors call the file
 * @throws FileError (fault 'format') for what is no such file, ids that occur twice, boxes that are no four numbers, and
 * annotations of pictures or categories that are not in it, by their ids; where they are asked for, also for masks that are none and
 * another number of keypoints than the category names.
 */
export function parseCoco(
  text: string,
  source: string,
  options: ParseCocoOptions = {},
): CocoAnnotations {
  checkOptions('parseCoco', options, parseOptions);
  requireKind('parseCoco', 'text', text, aString);
  requireKind('parseCoco', 'source', source, aString);
  const { labels: naming = 'order', masks = false, keypoints = false } = options;
  const root = parseJson(text, source);
  const [pictures, annotations, categories] = ['images', 'annotations', 'categories'].map((name) =>
    entriesOf(root[name], name, source),
  ) as [Entry[], Entry[], Entry[]];
  const sorted = [...categories].sort((a, b) => Number(a['id']) - Number(b['id']));
  const categoryIds = sorted.map((category, i) => idOf(category, 'category', i, source));
  const labels = uniqueIds(categoryIds, 'categories', source);
  const names = sorted.map(({ name }, i) =>
    typeof name === 'string' ? name : `${categoryIds[i]}`,
  );
  const points = keypoints ? keypointsOf(sorted, source) : { names: [], skeleton: [] };
  const pictureIds = pictures.map((picture, i) => idOf(picture, 'image', i, source));
  const places = uniqueIds(pictureIds, 'images', source);
  const objects = pictures.map((): AnnotatedObject[] => []);
  for (const [i, annotation] of annotations.entries()) {
    const id = idOf(annotation, 'annotation', i, source);
    const { image_id: image, category_id: category, bbox } = annotation;
    const place = places.get(image as number);
    const label = labels.get(category as number);
    if (place === undefined || label === undefined) {
      const [what, which] = place === undefined ? ['image', image] : ['category', category];
      throw new FileError(
        'format',
        source,
        `annotation ${id}: there is no ${what} with the id ${String(which)}`,
      );
    }
    if (!Array.isArray(bbox) || bbox.length !== 4 || !bbox.every(Number.isFinite)) {
      throw new FileError(
        'format',
        source,
        `annotation ${id}: expected bbox as [x, y, width, height]`,
      );
    }
    const [x, y, width, height] = bbox as [number, number, number, number];
    const { area } = annotation;
    objects[place]!.push({
      box: [x, y, x + width, y + height],
      label: naming === 'ids' ? categoryIds[label]! : label + 1,
      crowd: annotation['iscrowd'] === 1,
      ...(typeof area === 'number' && { area }),
      ...(masks && { segmentation: segmentationOf(annotation, id, source) }),
      ...(keypoints && keypointRows(annotation, id, points.names.length, source)),
    });
  }
  return {
    images: pictures.map(({ file_name: file }, i) => {
      if (typeof file !== 'string') {
        throw new FileError('format', source, `image ${pictureIds[i]}: expected a file_name`);
      }
      return { file, objects: objects[i]! };
    }),
    classes: naming === 'ids' ? withGaps(names, categoryIds, source) : names,
    categoryIds,
    keypoints: points.names,
    skeleton: points.skeleton,
  };
}

function parseJson(text: string, source: string): Entry {
  let root: unknown;
  try {
    root = JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch (cause) {
    throw new FileError('format', source, `is no JSON (${String(cause)})`, { cause });
  }
  if (typeof root === 'object' && root !== null) return root as Entry;
  throw new FileError(
    'format',
    source,
    'expected an object with images, annotations and categories',
  );
}

function entriesOf(value: unknown, name: string, source: string): Entry[] {
  const isList = Array.isArray(value) && value.every((entry) => entry instanceof Object);
  if (isList) return value as Entry[];
  throw new FileError('format', source, `expected '${name}' as a list of objects`);
}

function idOf({ id }: Entry, what: string, index: number, source: string): number {
  if (Number.isSafeInteger(id)) return id as number;
  throw new FileError(
    'format',
    source,
    `${what} number ${index}: expected a whole id, got ${String(id)}`,
  );
}

function uniqueIds(ids: readonly number[], what: string, source: string): Map<number, number> {
  const places = new Map<number, number>();
  for (const [place, id] of ids.entries()) {
    if (places.has(id)) throw new FileError('format', source, `${what}: the id ${id} occurs twice`);
    places.set(id, place);
  }
  return places;
}

/** More than any set of classes has: ids are not to make endless lists. */
const mostIds = 2 ** 16;

/** Names by id, `names[id - 1]`; 'N/A' for ids that no category has. */
function withGaps(names: readonly string[], ids: readonly number[], source: string): string[] {
  const wrong = ids.find((id) => id < 1 || id >= mostIds);
  if (wrong !== undefined) {
    throw new FileError(
      'format',
      source,
      `category ${wrong}: expected an id from 1 to ${mostIds - 1} where ids are labels`,
    );
  }
  const classes = Array.from({ length: Math.max(0, ...ids) }, () => 'N/A');
  for (const [i, id] of ids.entries()) classes[id - 1] = names[i]!;
  return classes;
}

/**
 * Pictures with annotations in COCO's JSON.
 * @throws FileError where the file is missing or not as expected, and for pictures that are missing when they are asked for.
 */
export async function cocoDetection<S = DetectionSample>(
  folder: FilesOf,
  options: CocoOptions<S>,
): Promise<DetectionDataset<S>> {
  checkOptions('cocoDetection', options, cocoOptions, ['annotations']);
  const source = fileSource('cocoDetection', folder);
  const { annotations, images: prefix, crowds = false, labels = 'order' } = options;
  const { masks = false, keypoints = false } = options;
  const text = decodeText(await source.read(annotations));
  const found = parseCoco(text, annotations, { labels, masks, keypoints });
  const { images, classes } = found;
  const kept = images.map(({ file, objects }) => ({
    file: prefix === undefined || prefix === '' ? file : `${prefix}/${file}`,
    objects: crowds ? objects : objects.filter(({ crowd }) => crowd !== true),
  }));
  return new DetectionDataset(
    source,
    kept,
    classes,
    { transform: options.transform },
    {
      masks,
      ...(keypoints && { keypoints: found.keypoints }),
    },
  );
}
