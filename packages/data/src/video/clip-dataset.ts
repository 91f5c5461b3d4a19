import type { Dataset } from '../dataset/dataset.ts';
import { indexError } from '../dataset/shape.ts';
import type { RandomStream } from '../random/random-stream.ts';
import { randomFor } from '../random/streams.ts';
import type { Step } from '../transform/compose.ts';
import type { Clip } from './clip.ts';
import { startOf, type ResolvedSampling } from './sampling.ts';

/** A video whose frames can be had: a folder of pictures, or a file. */
export interface VideoFrames {
  /** Its folder or file. */
  readonly name: string;
  /** How many frames it has. */
  count(): number | Promise<number>;
  /** Every `stride`-th of its frames from `first` on. @throws ClipError. */
  read(first: number, frames: number, stride: number): Promise<Clip>;
}

/** Clips of videos, each read when it is asked for, with the numbers of their classes. */
export class ClipDataset<X> implements Dataset<readonly [X, number]> {
  readonly length: number;
  readonly classes: readonly string[];
  /** The class of each clip. */
  readonly labels: Int32Array;
  /** The video of each clip: those of one stay together in `randomSplit`. */
  readonly groups: readonly string[];
  readonly #videos: readonly VideoFrames[];
  readonly #sampling: ResolvedSampling;
  readonly #transform: Step<Clip, X>;

  /** @param labels the class of each video */
  constructor(
    videos: readonly VideoFrames[],
    labels: ArrayLike<number>,
    classes: readonly string[],
    sampling: ResolvedSampling,
    transform: Step<Clip, X>,
  ) {
    const { clips } = sampling;
    this.length = videos.length * clips;
    this.classes = classes;
    this.labels = Int32Array.from(
      { length: this.length },
      (_, i) => labels[Math.floor(i / clips)]!,
    );
    this.groups = videos.flatMap(({ name }) => Array.from({ length: clips }, () => name));
    this.#videos = videos;
    this.#sampling = sampling;
    this.#transform = transform;
  }

  /**
   * The clip and its class. Without `random`, the same clip and transforms each time.
   * @throws ClipError where the video is too short, or its frames differ in size.
   */
  async get(index: number, random: RandomStream = randomFor(index)): Promise<readonly [X, number]> {
    const { clips, frames, stride } = this.#sampling;
    const video = this.#videos[Math.floor(index / clips)];
    if (video === undefined) throw indexError(index, this.length, 'ClipDataset');
    const count = await video.count();
    const first = startOf(count, index % clips, this.#sampling, video.name, random);
    const read = await video.read(first, frames, stride);
    return [this.#transform(read, random), this.labels[index]!];
  }

  nameOf(index: number): string {
    return this.groups[index] ?? `sample ${index}`;
  }
}
