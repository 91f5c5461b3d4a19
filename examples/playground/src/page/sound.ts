/** Milliseconds of a recording. */
const recorded = 2000;

/** Samples of one channel, and how many there are in a second. */
export interface Samples {
  readonly values: Float32Array<ArrayBuffer>;
  readonly rate: number;
}

/** Why there is no sound from a microphone, in plain words. */
const refusals: Readonly<Record<string, string>> = {
  NotAllowedError:
    'the microphone was refused. Allow it beside the address of this page, or load a WAV file.',
  NotFoundError: 'this machine has no microphone. Load a WAV file instead.',
  NotReadableError: 'another program holds the microphone. Close it, or load a WAV file.',
};

/**
 * Records for two seconds.
 * @param onLevel gets the loudness from time to time, 0 to 1
 * @throws Error in plain words where there is no microphone, or it was refused.
 */
export async function record(onLevel: (level: number) => void): Promise<Samples> {
  const { mediaDevices } = navigator as Partial<Navigator>;
  if (mediaDevices === undefined || typeof MediaRecorder === 'undefined') {
    throw new Error(
      'this browser gives pages no microphone without https. Load a WAV file instead.',
    );
  }
  const stream = await mediaDevices.getUserMedia({ audio: true }).catch((error: unknown) => {
    const { name, message } = error as Error;
    throw new Error(refusals[name] ?? `the microphone could not be opened (${message}).`);
  });
  const context = new AudioContext();
  try {
    const stopMeter = startMeter(context, stream, onLevel);
    const recording = await recordStream(stream);
    stopMeter();
    return await decode(context, await recording.arrayBuffer());
  } finally {
    for (const track of stream.getTracks()) track.stop();
    await context.close();
  }
}

function recordStream(stream: MediaStream): Promise<Blob> {
  const recorder = new MediaRecorder(stream);
  const parts: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
  return new Promise((resolve, reject) => {
    recorder.addEventListener('stop', () => resolve(new Blob(parts)));
    recorder.addEventListener('error', () => reject(new Error('the recording broke off.')));
    recorder.start();
    setTimeout(() => recorder.stop(), recorded);
  });
}

function startMeter(
  context: AudioContext,
  stream: MediaStream,
  onLevel: (level: number) => void,
): () => void {
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const values = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(values);
    onLevel(values.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  }, 50);
  return () => clearInterval(timer);
}

/** Decodes what the browser can. @throws Error in plain words. */
export async function decodeSound(file: Blob): Promise<Samples> {
  const context = new AudioContext();
  try {
    return await decode(context, await file.arrayBuffer());
  } finally {
    await context.close();
  }
}

async function decode(context: AudioContext, bytes: ArrayBuffer): Promise<Samples> {
  const sound = await context.decodeAudioData(bytes).catch(() => null);
  if (sound === null) throw new Error('it is no sound that this browser can decode.');
  const channels = Array.from({ length: sound.numberOfChannels }, (_, i) =>
    sound.getChannelData(i),
  );
  const values = channels[0]!.map(
    (_, i) => channels.reduce((sum, channel) => sum + channel[i]!, 0) / channels.length,
  );
  return { values, rate: sound.sampleRate };
}

/** Plays samples once. */
export async function play({ values, rate }: Samples): Promise<void> {
  const context = new AudioContext();
  const buffer = context.createBuffer(1, values.length, rate);
  buffer.copyToChannel(values, 0);
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  source.addEventListener('ended', () => void context.close());
  source.start();
}
