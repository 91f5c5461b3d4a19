import { formatValue } from '@convnet/tensor-core';
import { SignalError } from '../../errors.ts';
import type { Recording } from '../recording.ts';
import type { Step } from '../../transform/compose.ts';

/** A step from recording to recording. */
export type SignalTransform = Step<Recording, Recording>;

/** @throws SignalError (fault 'setting') for what is no number from `least` (or above it) to `most`. */
export function requireNumber(
  where: string,
  name: string,
  value: unknown,
  {
    least = -Infinity,
    above = -Infinity,
    most = Infinity,
    whole = false,
  }: {
    readonly least?: number;
    readonly above?: number;
    readonly most?: number;
    readonly whole?: boolean;
  },
): void {
  const valid =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    value >= least &&
    value > above &&
    value <= most &&
    (!whole || Number.isSafeInteger(value));
  if (valid) return;
  const bounds = [
    ...(least > -Infinity ? [`from ${least}`] : []),
    ...(above > -Infinity ? [`above ${above}`] : []),
    ...(most < Infinity ? [`to ${most}`] : []),
  ];
  throw new SignalError(
    'setting',
    where,
    `expected ${name} as a ${whole ? 'whole ' : ''}number ${bounds.join(' ')}, got ${formatValue(value)}`,
  );
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
