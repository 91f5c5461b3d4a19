import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Device } from '@convnet/tensor-core';

import type { InferenceNetwork } from '../../inference/networks.ts';
import { OwnInference } from '../../inference/own-inference.ts';
import { largestDifference, pixels, requireSame } from '../../inference/pixels.ts';
import type { InferencePeer } from '../../peers/peer.ts';
import type { Timing } from '../../report/row.ts';
import { timingOfTurns } from '../../report/timing.ts';
import { alternate } from '../../training/alternate.ts';
import type { TurnOptions } from '../timings.ts';

/** A compiled network beside onnxruntime-web on the same adapter. */
export interface InferenceRow {
  readonly model: string;
  readonly batch: number;
  /** Of an inference, up to the reading of its logits. */
  readonly own: Timing;
  /** Null where it is not installed. */
  readonly onnxruntime: Timing | null;
  /** Their median over the own: above 1, convnet is faster. */
  readonly ratio: number | null;
}

/** Times a network on a batch, in turns with the peer, which must give the same logits. */
export async function timeInference(
  { name, inputShape, build }: InferenceNetwork,
  batch: number,
  device: Device,
  peer: InferencePeer | null,
  { rounds, turnMs }: TurnOptions,
): Promise<InferenceRow> {
  const shape = [batch, ...inputShape.slice(1)];
  const input = pixels(shape);
  const own = await OwnInference.of({ name, inputShape: shape, build }, input, device);
  const folder = await mkdtemp(join(tmpdir(), 'convnet-onnx-'));
  try {
    if (peer !== null) {
      const expected = await own.output();
      const file = join(folder, `${name}.onnx`);
      await writeFile(file, await own.onnx());
      requireSame(peer.name, largestDifference(expected, await peer.load(file, input, shape)));
    }
    const steppers = peer === null ? [own] : [own, peer];
    const samples = await alternate(steppers, {
      rounds,
      turn: turnMs,
      leastSteps: 1,
      warmUp: 3,
      signal: new AbortController().signal,
      onRound: () => undefined,
    });
    const [ours, theirs] = samples.map(timingOfTurns);
    const ratio = theirs === undefined ? null : theirs.median / ours!.median;
    return { model: name, batch, own: ours!, onnxruntime: theirs ?? null, ratio };
  } finally {
    own.dispose();
    await rm(folder, { recursive: true });
  }
}
