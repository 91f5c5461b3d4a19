import { ALL_FORMATS, BlobSource, EncodedPacketSink, Input, VideoSampleSink } from 'mediabunny';
import type { InputVideoTrack } from 'mediabunny';

import { ClipError } from '../../errors.ts';
import { withoutAlpha } from '../../image/decode/decode-browser.ts';
import type { Image } from '../../image/image.ts';
import { clip, type Clip } from '../clip.ts';
import type { VideoFrames } from '../clip-dataset.ts';

/** What is known of a video without decoding it. */
interface Opened {
  readonly track: InputVideoTrack;
  /** When each frame is shown, in seconds, in the order in which they are. */
  readonly times: readonly number[];
}

/** The frames of a video file, taken apart by mediabunny and decoded by the browser's WebCodecs. */
export class VideoFile implements VideoFrames {
  readonly name: string;
  readonly #content: () => Promise<Blob>;
  #opened: Promise<Opened> | undefined;

  /** @param content gives the file; asked once. */
  constructor(name: string, content: () => Promise<Blob>) {
    this.name = name;
    this.#content = content;
  }

  /** @throws ClipError (fault 'decode') where it is no video, or of a codec that the browser does not decode. */
  async count(): Promise<number> {
    return (await this.#open()).times.length;
  }

  /** As many of the chosen frames as there are. @throws ClipError (fault 'decode'). */
  async read(first: number, frames: number, stride: number): Promise<Clip> {
    const { track, times } = await this.#open();
    const chosen = times.filter(
      (_, i) => i >= first && (i - first) % stride === 0 && (i - first) / stride < frames,
    );
    const pictures: Image[] = [];
    try {
      for await (const sample of new VideoSampleSink(track).samplesAtTimestamps(chosen)) {
        if (sample === null) throw new Error(`it has no frame at ${chosen[pictures.length]} s`);
        using shown = sample;
        const { displayWidth: width, displayHeight: height } = shown;
        const canvas = new OffscreenCanvas(width, height);
        const context = canvas.getContext('2d', { willReadFrequently: true })!;
        shown.draw(context, 0, 0);
        pictures.push(withoutAlpha(context.getImageData(0, 0, width, height).data, width, height));
      }
    } catch (cause) {
      throw this.#undecodable(String(cause), cause);
    }
    return clip(pictures, this.name);
  }

  #open(): Promise<Opened> {
    this.#opened ??= this.#look().catch((error: unknown) => {
      // What was not to be had once may be the next time: a file that was busy.
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #look(): Promise<Opened> {
    if (typeof VideoDecoder === 'undefined') {
      throw this.#undecodable('there is no WebCodecs (VideoDecoder), which needs a secure page');
    }
    const input = new Input({
      source: new BlobSource(await this.#content()),
      formats: ALL_FORMATS,
    });
    let track: InputVideoTrack | null;
    const times: number[] = [];
    try {
      track = await input.getPrimaryVideoTrack();
      if (track !== null) {
        const packets = new EncodedPacketSink(track).packets(undefined, undefined, {
          metadataOnly: true,
        });
        for await (const { timestamp } of packets) times.push(timestamp);
      }
    } catch (cause) {
      throw this.#undecodable(String(cause), cause);
    }
    if (track === null) throw this.#undecodable('it has no pictures');
    if (!(await track.canDecode())) {
      throw this.#undecodable(`the browser has no decoder for its codec, ${await codecOf(track)}`);
    }
    return { track, times: times.sort((a, b) => a - b) };
  }

  #undecodable(why: string, cause?: unknown): ClipError {
    return new ClipError('decode', this.name, `cannot be read (${why})`, { cause });
  }
}

async function codecOf(track: InputVideoTrack): Promise<string> {
  return (await track.getCodecParameterString()) ?? (await track.getCodec()) ?? 'unknown';
}
