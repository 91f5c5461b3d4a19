import type { HostArray } from '../dataset/host-array.ts';

/** A signal of one or more channels: float32 [channels, length]. */
export interface Recording extends HostArray<Float32Array> {
  readonly shape: readonly [channels: number, length: number];
  /** Samples per second of each channel, where it is known. */
  readonly sampleRate?: number;
  /** What the channels are called, such as the leads of an ECG. */
  readonly channelNames?: readonly string[];
  /** In what the values of each channel are measured, such as mV. */
  readonly units?: readonly string[];
}

/** Channels of one length as one block. */
export function recordingOf(
  channels: readonly ArrayLike<number>[],
  details: Omit<Recording, 'data' | 'shape'> = {},
): Recording {
  const length = channels[0]?.length ?? 0;
  const data = new Float32Array(channels.length * length);
  channels.forEach((channel, i) => data.set(channel, i * length));
  return { data, shape: [channels.length, length], ...details };
}
