import { aString, checkOptions, requireKind } from '@convnet/tensor-core';

import { ClipError, MissingProgramError } from '../errors.ts';
import { nodeModule } from '../platform.ts';
import { clip, type Clip } from './clip.ts';
import { parsePpm } from './parse-ppm.ts';
import { readVideoOptions, requireFrames, type ReadVideoOptions } from './read-options.ts';

const program = 'ffmpeg';

/**
 * Frames of a video file, decoded by the program `ffmpeg`, which must be on the path. In Node.
 *
 *     const clip = await readVideo('juggling.mp4', { first: 30, frames: 16, stride: 2 });
 *
 * @throws MissingProgramError where there is no ffmpeg; ClipError for a file that it cannot decode (fault 'decode'), and
 *   where the video ends before the last frame (fault 'short'); NotInBrowserError.
 */
export async function readVideo(file: string, options: ReadVideoOptions = {}): Promise<Clip> {
  requireKind('readVideo', 'file', file, aString);
  checkOptions('readVideo', options, readVideoOptions);
  const { first = 0, frames, stride = 1 } = options;
  // Without a rate of its own the program repeats and leaves out frames as it sees fit.
  const select = `select='gte(n,${first})*not(mod(n-${first},${stride}))'`;
  const count = frames === undefined ? [] : ['-frames:v', String(frames)];
  const chosen = ['-vf', select, '-fps_mode', 'passthrough', ...count];
  const pictures = ['-pix_fmt', 'rgb24', '-c:v', 'ppm', '-f', 'image2pipe', 'pipe:1'];
  const output = await run(file, [...chosen, ...pictures]);
  const found = parsePpm(output, file);
  requireFrames(file, found.length, options);
  return clip(found, file);
}

/**
 * How many frames a video file has, counted by `ffmpeg` without decoding them.
 * @throws as `readVideo`.
 */
export async function countFrames(file: string): Promise<number> {
  requireKind('countFrames', 'file', file, aString);
  const output = await run(file, ['-c', 'copy', '-f', 'null', '-progress', 'pipe:1', '-']);
  const counts = [...new TextDecoder().decode(output).matchAll(/^frame=\s*(\d+)$/gm)];
  const last = counts[counts.length - 1]?.[1];
  if (last === undefined) throw new ClipError('decode', file, `${program} counted no frames`);
  return Number(last);
}

/** What the program writes for the first video stream of a file. */
async function run(file: string, options: readonly string[]): Promise<Uint8Array> {
  const { spawn } = await nodeModule('node:child_process', `reading the video ${file}`);
  // `file:` keeps names such as `http:…` and those that begin with a dash from meaning something else.
  const source = ['-nostdin', '-v', 'error', '-i', `file:${file}`, '-map', '0:v:0'];
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...source, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Uint8Array[] = [];
    const complaints: Uint8Array[] = [];
    child.stdout.on('data', (chunk: Uint8Array) => output.push(chunk));
    child.stderr.on('data', (chunk: Uint8Array) => complaints.push(chunk));
    child.on('error', (cause) => {
      reject(new MissingProgramError(program, `reading the video ${file}`, { cause }));
    });
    child.on('close', (code) => {
      if (code === 0) {
        resolve(joined(output));
        return;
      }
      const said = /.*$/.exec(new TextDecoder().decode(joined(complaints)).trim())![0];
      reject(
        new ClipError('decode', file, `${program} cannot read it (${said || `exit code ${code}`})`),
      );
    });
  });
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
