import { ConvnetError } from '@convnet/tensor-core';
import { alsoTakes, describePublicCalls, named, type Samples } from '@convnet/testing';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe } from 'vitest';

import {
  Files,
  folder,
  Picture,
  png,
  random,
  source,
  step,
} from '../testing/public-call-samples.ts';
import * as video from '../video.ts';

/** A folder with two videos, and a program that stands for ffmpeg: every video has one frame. */
const root = mkdtempSync(join(tmpdir(), 'convnet-public-'));
for (const name of ['a', 'b']) {
  mkdirSync(join(root, 'set', name), { recursive: true });
  writeFileSync(join(root, 'set', name, 'one.mp4'), '');
}
const ffmpeg = `#!/bin/sh
case "$*" in
  *-progress*) echo frame=1 ;;
  *) printf 'P6\\n1 1\\n255\\nabc' ;;
esac
`;
writeFileSync(join(root, 'ffmpeg'), ffmpeg);
chmodSync(join(root, 'ffmpeg'), 0o755);
const path = process.env['PATH'];
process.env['PATH'] = `${root}${delimiter}${path}`;

afterAll(() => {
  process.env['PATH'] = path;
  rmSync(root, { recursive: true });
});

const frames = (): unknown => named('frames', [new Picture(), new Picture()]);

const sampling = { frames: 1, stride: 1, start: 'random', clips: 2 };

const reading = { ...sampling, transform: () => 1, classes: ['a', 'b'] };

const clips = (): Files => new Files({ 'a/one/1.png': png, 'b/two/1.png': png });

const file = (): unknown => named('file', alsoTakes('one.mp4', 'any string'));

const samples: Samples = {
  clip: () => [frames(), source(), () => 'frame'],
  clipFolder: () => [folder(clips), { ...reading, short: 'skip' }],
  clipStarts: () => [20, sampling, source()],
  clipToTensor: step(() => [{ mean: [0, 0, 0], std: [1, 1, 1] }], frames, 'frames', random),
  countFrames: () => [file()],
  everyFrame: step(() => [(one: unknown) => one], frames, 'frames', random),
  readVideo: () => [file(), { first: 0, frames: 1, stride: 1 }],
  videoFolder: () => [named('folder', alsoTakes(join(root, 'set'), 'any string')), reading],
};

describe('public calls of data/video', () => {
  describePublicCalls({
    exports: video,
    samples,
    errorClass: ConvnetError,
    folder: join(import.meta.dirname, '..'),
  });
});
