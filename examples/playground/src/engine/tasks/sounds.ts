import type { RandomStream } from '@convnet/data';

/** Samples a second of every sound on the page. */
export const sampleRate = 8000;
/** Samples of one sound: 256 ms. */
export const soundLength = 2048;

/** How one kind of sound comes about; time is in seconds. */
type Source = (random: RandomStream) => (time: number) => number;

const seconds = soundLength / sampleRate;
const turn = 2 * Math.PI;

/** Two numbers an octave apart are as far from each other, low or high. */
function pitch(random: RandomStream, low: number, high: number): number {
  return low * (high / low) ** random.uniform();
}

/** One pure tone whose pitch wavers a little. */
const whistle: Source = (random) => {
  const frequency = pitch(random, 350, 2200);
  const phase = random.uniform() * turn;
  const depth = random.between(0, 0.8);
  const vibrato = random.between(3, 8);
  return (time) =>
    Math.sin(turn * frequency * time + phase + depth * Math.sin(turn * vibrato * time));
};

/** A low tone with many harmonics, shaped by two resonances as the mouth shapes the voice. */
const hum: Source = (random) => {
  const frequency = pitch(random, 75, 260);
  const formants = [pitch(random, 250, 900), pitch(random, 700, 2400)] as const;
  const harmonics = Array.from({ length: Math.min(24, Math.floor(3600 / frequency)) }, (_, i) => {
    const at = (i + 1) * frequency;
    const near = formants.map((formant) => 1 / (1 + ((at - formant) / 140) ** 2));
    return {
      at,
      loud: (0.15 + near[0]! + 0.6 * near[1]!) / (i + 1) ** 0.6,
      phase: random.uniform() * turn,
    };
  });
  return (time) =>
    harmonics.reduce(
      (sum, { at, loud, phase }) => sum + loud * Math.sin(turn * at * time + phase),
      0,
    );
};

/** Noise, more or less dark, such as a long s or f. */
const hiss: Source = (random) => {
  const dark = random.between(-0.6, 0.7);
  let last = 0;
  let normals: number[] = [];
  return () => {
    if (normals.length === 0) normals = random.normals();
    last = dark * last + normals.pop()!;
    return last;
  };
};

/** One to three short bursts, such as clapping hands or a pencil on a table. */
const knock: Source = (random) => {
  const count = 1 + random.below(3);
  const bursts = Array.from({ length: count }, () => ({
    start: random.between(0.01, seconds * 0.85),
    ring: pitch(random, 180, 2500),
    decay: random.between(0.003, 0.018),
    noise: random.uniform(),
  }));
  return (time) =>
    bursts.reduce((sum, { start, ring, decay, noise }) => {
      const since = time - start;
      if (since < 0) return sum;
      const tone = Math.sin(turn * ring * since);
      return (
        sum + Math.exp(-since / decay) * ((1 - noise) * tone + noise * (2 * random.uniform() - 1))
      );
    }, 0);
};

/**
 * A tone that climbs and falls by two octaves or three, again and again. So quickly that it does within the field that a network
 * sees at a time: means over the whole sound, in which ResNet and FCN end, cannot tell one that glides slowly from tones.
 */
const siren: Source = (random) => {
  const low = pitch(random, 200, 450);
  const octaves = random.between(2, 3);
  const often = random.between(5, 9);
  const start = random.uniform();
  let phase = 0;
  return (time) => {
    // From 0 to 1 and back.
    const height = Math.abs(2 * ((often * time + start) % 1) - 1);
    phase += (turn * low * 2 ** (octaves * height)) / sampleRate;
    return Math.sin(phase);
  };
};

/** A tone that goes on and off, as a telephone does. */
const beeps: Source = (random) => {
  const frequency = pitch(random, 400, 2000);
  const often = random.between(10, 26);
  const phase = random.uniform();
  const share = random.between(0.35, 0.6);
  return (time) => {
    const within = (often * time + phase) % 1;
    return within < share ? Math.sin(turn * frequency * time) : 0;
  };
};

const sources = { whistle, hum, hiss, knock, siren, beeps };

/** What the kinds of sounds are called, in the order of their labels. */
export const soundNames: readonly string[] = Object.keys(sources);

/**
 * One sound of a kind, from -1 to 1, with a room's noise behind it.
 * @param kind its place in `soundNames`
 */
export function sound(kind: number, random: RandomStream): Float32Array<ArrayBuffer> {
  const wave = Object.values(sources)[kind]!(random);
  const samples = Float32Array.from({ length: soundLength }, (_, i) => wave(i / sampleRate));
  const room = 10 ** -random.between(0.6, 2);
  const level = Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / soundLength);
  for (let i = 0; i < soundLength; i += 2) {
    const [first, second] = random.normals();
    samples[i]! += first * room * level;
    samples[i + 1]! += second * room * level;
  }
  const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return samples.map((value) => value / peak);
}
