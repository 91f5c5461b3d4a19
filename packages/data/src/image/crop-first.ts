import { requireStream, type RandomStream } from '../random/random-stream.ts';
import { keepsNothing } from '../transform/keeps-nothing.ts';
import type { Step } from '../transform/compose.ts';
import { requireImage, type Image } from './image.ts';
import type { Box } from './ops/box.ts';

/** How many pixels a picture has along each side. */
export type PictureSize = Pick<Image, 'width' | 'height'>;

/** A step that looks at one box of a picture and at nothing else, so that nothing else need be decoded. */
export interface CropFirst {
  /** The box, inside a picture of that size; draws all chance of the step. */
  readonly box: (size: PictureSize, random: RandomStream) => Box;
  /** What becomes of the box. */
  readonly within: (picture: Image, box: Box) => Image;
}

const crops = new WeakMap<object, CropFirst>();

/** The step that is that crop and nothing more. @param where its name, for errors. */
export function cropFirst(where: string, crop: CropFirst): Step<Image, Image> {
  const step: Step<Image, Image> = (image, random) => {
    requireImage(where, image);
    requireStream(where, random);
    return crop.within(image, crop.box(image, random));
  };
  crops.set(step, crop);
  return keepsNothing(step);
}

/** What a step does as a crop, undefined of one that may look at all of a picture. */
export const cropFirstOf = (step: object): CropFirst | undefined => crops.get(step);
