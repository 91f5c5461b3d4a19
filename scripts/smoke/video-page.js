/** Runs in a page, see `smoke-browser.ts`: video files that the page writes itself, read back frame by frame. */
import { chosenFiles } from '@convnet/data';
import { countFrames, readVideo, videoFolder } from '@convnet/data/webcodecs';
import {
  BufferTarget,
  canEncodeVideo,
  CanvasSource,
  Mp4OutputFormat,
  Output,
  WebMOutputFormat,
} from 'mediabunny';

const [width, height, count] = [64, 48, 24];

/** Of frame `i`: grey that grows, red in the upper left quarter of every third frame. */
const greyOf = (i) => 20 + 9 * i;

/**
 * @param {'webm' | 'mp4'} form
 * @param {'vp8' | 'avc'} codec
 * @param {number} frames
 * @param {number} rotation
 */
async function writeVideo(form, codec, frames, rotation = 0) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  const target = new BufferTarget();
  const format = form === 'webm' ? new WebMOutputFormat() : new Mp4OutputFormat();
  const output = new Output({ format, target });
  const source = new CanvasSource(canvas, { codec, bitrate: 4e6, keyFrameInterval: 0.3 });
  output.addVideoTrack(source, rotation === 0 ? {} : { rotation });
  await output.start();
  for (let i = 0; i < frames; i++) {
    const grey = greyOf(i);
    context.fillStyle = `rgb(${grey} ${grey} ${grey})`;
    context.fillRect(0, 0, width, height);
    if (i % 3 === 0) {
      context.fillStyle = 'rgb(200 0 0)';
      context.fillRect(0, 0, width / 2, height / 2);
    }
    await source.add(i / 25, 1 / 25);
  }
  await output.finalize();
  return new File([target.buffer], `grey.${form}`);
}

/** What differs between a frame that was read and frame `i` as it was drawn; codecs lose some. */
function differs({ width: w, height: h, data }, i) {
  if (w !== width || h !== height || data.length !== w * h * 3) return `size ${w}x${h}`;
  const at = (x, y) => Array.from(data.subarray((y * w + x) * 3, (y * w + x) * 3 + 3));
  const grey = at(w - 8, h - 8);
  if (grey.some((value) => Math.abs(value - greyOf(i)) > 6))
    return `grey ${grey}, not ${greyOf(i)}`;
  const [red, green] = at(8, 8);
  const isRed = red - green > 100;
  return isRed === (i % 3 === 0) ? null : `corner ${at(8, 8)}`;
}

/** @returns {Promise<{ done: string[], problems: string[] }>} */
export async function readVideos() {
  const done = [];
  const problems = [];
  const check = (held, problem) => {
    if (!held) problems.push(`videos: ${problem}`);
  };
  const forms = [['webm', 'vp8']];
  if (await canEncodeVideo('avc', { width, height })) forms.push(['mp4', 'avc']);
  for (const [form, codec] of forms) {
    const file = await writeVideo(form, codec, count);
    check((await countFrames(file)) === count, `${form}: ${await countFrames(file)} frames`);
    for (const { first = 0, frames = count - first, stride = 1 } of [
      {},
      { first: 5, frames: 4, stride: 3 },
      { first: 23, frames: 1 },
    ]) {
      const asked = { first, frames, stride };
      const clip = await readVideo(file, asked);
      check(clip.length === frames, `${form} ${JSON.stringify(asked)}: ${clip.length} frames`);
      for (const [k, frame] of clip.entries()) {
        const problem = differs(frame, first + k * stride);
        check(problem === null, `${form} frame ${first + k * stride}: ${problem}`);
      }
    }
    const rest = await readVideo(file, { first: 20 });
    check(rest.length === 4, `${form}: ${rest.length} frames from the 20th on`);
    done.push(form);
  }
  if (forms.length > 1) {
    const [turned] = await readVideo(await writeVideo('mp4', 'avc', 3, 90), { frames: 1 });
    check(turned.width === height, `a video that is turned is ${turned.width}x${turned.height}`);
  }

  const webm = await writeVideo('webm', 'vp8', count);
  const short = await writeVideo('webm', 'vp8', 5);
  const refusals = [
    ['short', 'grey.webm: expected 30 frames', () => readVideo(webm, { frames: 30 })],
    ['decode', 'notes.mp4: cannot be read', () => readVideo(new File(['no video'], 'notes.mp4'))],
    [
      'decode',
      'cut.webm: cannot be read',
      () => readVideo(new File([webm.slice(0, 200)], 'cut.webm')),
    ],
  ];
  for (const [fault, text, run] of refusals) {
    const error = await run().catch((caught) => caught);
    check(
      error.name === 'ClipError' && error.fault === fault && error.message.startsWith(text),
      `expected a ClipError '${text}', got ${error.name}: ${error.message}`,
    );
  }

  const file = (content, path) => ({
    name: path.split('/').at(-1),
    webkitRelativePath: `videos/${path}`,
    arrayBuffer: () => content.arrayBuffer(),
  });
  const chosen = chosenFiles([file(webm, 'a/one.webm'), file(webm, 'b/two.webm')]);
  const set = await videoFolder(chosen, { frames: 4, stride: 2, clips: 2 });
  const [inputs, labels] = await set.get(3);
  check(
    String(inputs.shape) === `3,4,${height},${width}` && labels === 1,
    `clip [${inputs.shape}]`,
  );
  check(set.length === 4, `${set.length} clips`);
  const tooShort = await videoFolder(
    chosenFiles([file(short, 'a/one.webm'), file(webm, 'b/two.webm')]),
    { frames: 8 },
  );
  const error = await tooShort.get(0).catch((caught) => caught);
  check(error.fault === 'short', `a short video: ${error.message}`);
  return { done, problems };
}
