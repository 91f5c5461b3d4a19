import { SignalError } from '../../errors.ts';
import { requireRecording, type Recording } from '../recording.ts';
import { requireStream, type RandomStream } from '../../random/random-stream.ts';
import type { Step } from '../../transform/compose.ts';

/** A step from recording to recording. */
export type SignalTransform = Step<Recording, Recording>;

/**
 * A step that looks at what it gets before it begins.
 *
 * @param map Makes a recording of a recording; it draws chance from `random` only where `isRandom`.
 */
export function recordingStep<To>(
  where: string,
  map: (recording: Recording, random: RandomStream) => To,
  isRandom = false,
): Step<Recording, To> {
  return (recording, random) => {
    requireRecording(where, recording);
    if (isRandom || random !== undefined) requireStream(where, random);
    return map(recording, random);
  };
}

/** The recording with other values. */
export function withData(recording: Recording, data: Float32Array, length?: number): Recording {
  return { ...recording, data, shape: [recording.shape[0], length ?? recording.shape[1]] };
}

/** The recording with each channel made anew; all must get one length. */
export function mapChannels(
  recording: Recording,
  map: (channel: Float32Array, number: number) => ArrayLike<number>,
): Recording {
  const [channels, length] = recording.shape;
  const made = Array.from({ length: channels }, (_, i) =>
    map(recording.data.subarray(i * length, (i + 1) * length), i),
  );
  const size = made[0]?.length ?? 0;
  const data = new Float32Array(channels * size);
  made.forEach((channel, i) => data.set(channel, i * size));
  return withData(recording, data, size);
}

/** Samples per second that a step needs. */
export function rateOf(where: string, recording: Recording, given: number | undefined): number {
  const rate = given ?? recording.sampleRate;
  if (rate !== undefined) return rate;
  throw new SignalError(
    'setting',
    where,
    'the sample rate of the recording is not known; give it as sampleRate',
  );
}
