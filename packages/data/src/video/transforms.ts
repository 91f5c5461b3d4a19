import { aFunction, Generator, requireKind } from '@convnet/tensor-core';

import type { HostArray } from '../dataset/host-array.ts';
import type { Image } from '../image/image.ts';
import { toTensor, type ToTensorOptions } from '../image/tensor.ts';
import { RandomStream, requireStream } from '../random/random-stream.ts';
import type { Step } from '../transform/compose.ts';
import { clip, type Clip } from './clip.ts';

/**
 * A transform of pictures done to every frame, with the same chance for all: a random crop cuts the same place of each.
 *
 *     compose(everyFrame(resize([128, 171])), everyFrame(randomCrop(112)), clipToTensor({ mean, std }))
 *
 * @throws ArgumentError for what is no function; ClipError where frames come out in different sizes.
 */
export function everyFrame(step: Step<Image, Image>): Step<Clip, Clip> {
  requireKind('everyFrame', 'step', step, aFunction);
  return (frames, random) => {
    requireStream('everyFrame', random);
    const seed = random.word();
    return clip(clip(frames).map((frame) => step(frame, new RandomStream(new Generator(seed)))));
  };
}

/**
 * A clip as float32 [3, frames, height, width], from 0 to 1, as networks for videos take it. `mean` and `std` of each
 * colour normalise it.
 *
 * @throws DatasetError (fault 'normalisation') as `toTensor`; ClipError for frames of different sizes.
 */
export function clipToTensor(options: ToTensorOptions = {}): Step<Clip, HostArray<Float32Array>> {
  const ofFrame = toTensor(options);
  return (frames, random) => {
    requireStream('clipToTensor', random);
    const [{ width, height }] = clip(frames) as readonly [Image];
    const [count, size] = [frames.length, width * height];
    const data = new Float32Array(3 * count * size);
    for (const [t, frame] of frames.entries()) {
      const colours = ofFrame(frame, random).data;
      for (let colour = 0; colour < 3; colour++) {
        data.set(colours.subarray(colour * size, (colour + 1) * size), (colour * count + t) * size);
      }
    }
    return { data, shape: [3, count, height, width] };
  };
}
