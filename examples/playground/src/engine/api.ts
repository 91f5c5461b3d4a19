/** What the page and the worker that trains say to each other. */

export type TaskName = 'digits' | 'signals';

/** `wasm` has one thread, `threads` as many as the machine has cores. */
export type DeviceName = 'wasm' | 'threads' | 'webgpu';

export interface DeviceInfo {
  readonly name: DeviceName;
  readonly title: string;
  /** Why it cannot be had, in plain words; null where it can. */
  readonly missing: string | null;
}

export type State = 'idle' | 'training' | 'paused' | 'done';

/** What is open: a task, and a network that learns it on a device. */
export interface SessionInfo {
  readonly task: TaskName;
  readonly classes: readonly string[];
  /** Of one sample: [1, 28, 28] or [1, length]. */
  readonly inputShape: readonly number[];
  readonly trainSamples: number;
  readonly testSamples: number;
  readonly batchSize: number;
  readonly networks: readonly { readonly name: string; readonly title: string }[];
  readonly network: string;
  readonly parameters: number;
  readonly device: DeviceName;
  /** What the device calls itself. */
  readonly deviceDescription: string;
  /** Paths of the layers whose feature maps can be seen. */
  readonly layers: readonly string[];
  readonly steps: number;
  readonly epochs: number;
  readonly state: State;
}

/** Steps since the last report. */
export interface StepsEvent {
  readonly type: 'steps';
  readonly task: TaskName;
  /** Training loss, by the number of the step that it was read at. */
  readonly losses: readonly (readonly [step: number, loss: number])[];
  readonly steps: number;
  readonly epochs: number;
  /** Learned from in a second of work, waiting left out. */
  readonly samplesPerSecond: number;
}

/** A run through the training set, and what the network then makes of the test set. */
export interface EpochEvent {
  readonly type: 'epoch';
  readonly task: TaskName;
  readonly steps: number;
  readonly epochs: number;
  readonly testLoss: number;
  /** 0 to 1. */
  readonly accuracy: number;
  /** A row for each true class, a column for each predicted one. */
  readonly confusion: readonly (readonly number[])[];
}

export interface StateEvent {
  readonly type: 'state';
  readonly task: TaskName;
  readonly state: State;
}

/** Something that the reader must know. */
export interface NoticeEvent {
  readonly type: 'notice';
  readonly tone: 'info' | 'problem';
  readonly text: string;
}

/** The device went away and the network lives on another one. */
export interface MovedEvent {
  readonly type: 'moved';
  readonly session: SessionInfo;
}

export interface SpeedEvent {
  readonly type: 'speed';
  readonly device: DeviceName;
  readonly measurement: Measurement;
}

export type EngineEvent =
  | StepsEvent
  | EpochEvent
  | StateEvent
  | NoticeEvent
  | MovedEvent
  | SpeedEvent;

/** What was measured on a device. */
export interface Measurement {
  /** Of `speedCases`. */
  readonly id: SpeedCaseId;
  /** Median of the runs; null while it is under way. */
  readonly milliseconds: number | null;
  readonly samplesPerSecond: number | null;
}

export type SpeedCaseId = 'digits' | 'signals' | 'resnet18';

/** What is measured on each device. */
export const speedCases: Readonly<
  Record<SpeedCaseId, { readonly title: string; readonly detail: string }>
> = {
  digits: { title: 'LeNet-5 learns', detail: 'one step with 64 digits of 28 × 28' },
  signals: { title: 'ResNet-18 in 1D learns', detail: 'one step with 32 signals of 2,048' },
  resnet18: { title: 'ResNet-18 predicts', detail: 'one image of 112 × 112, compiled' },
};

/** What the network says of one sample. */
export interface Classification {
  /** Of every class, adding up to 1. */
  readonly probabilities: readonly number[];
}

/** A sample of the test set, as the page shows it. */
export interface TestSample {
  readonly index: number;
  readonly values: Float32Array;
  readonly label: number;
}

/** What became of a file of weights. */
export interface WeightsOutcome {
  readonly file: string;
  readonly format: string;
  /** Whether the network has them now. */
  readonly isLoaded: boolean;
  /** In a sentence. */
  readonly headline: string;
  readonly loaded: number;
  /** Tensors of the network. */
  readonly expected: number;
  readonly left: readonly string[];
  readonly unexpected: readonly string[];
  readonly misshaped: readonly string[];
  /** Everything in the file. */
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
  }[];
}

/** A recording, cut to what the network takes. */
export interface Recording {
  /** The pieces that are loud enough, of which a network sees one at a time. */
  readonly pieces: readonly Float32Array[];
  /** Place of the loudest piece. */
  readonly loudest: number;
  readonly seconds: number;
}

/** What the worker does when it is asked. A call waits for the training step under way. */
export interface EngineApi {
  devices(): Promise<readonly DeviceInfo[]>;
  /** Opens a network; one that was open before, on an earlier visit too, keeps what it has learned. */
  open(task: TaskName, network: string | null, device: DeviceName): Promise<SessionInfo>;
  start(): void;
  pause(): Promise<void>;
  /** Starts anew with random weights. */
  reset(): Promise<SessionInfo>;
  /** Starts anew, and takes what all networks learned out of the browser. */
  forget(): Promise<SessionInfo>;
  testSample(index: number): TestSample;
  /** The mean over the pieces where there are several. */
  classify(pieces: readonly Float32Array[]): Promise<Classification>;
  /** Grad-CAM for the class that is predicted, as SVG. */
  explain(sample: Float32Array): Promise<string>;
  /** The filters of the first convolution, as SVG. */
  filters(): Promise<string>;
  /** What a layer makes of a sample, as SVG. */
  featureMaps(sample: Float32Array, layer: string): Promise<string>;
  /** Measures each device that can be had, and tells as it goes. Training waits. */
  measure(devices: readonly DeviceName[]): Promise<void>;
  save(format: 'safetensors' | 'pth'): Promise<Uint8Array<ArrayBuffer>>;
  load(file: Blob, name: string): Promise<WeightsOutcome>;
  /** @throws for what is no WAV file, too short or silent, in plain words. */
  readWav(bytes: Uint8Array<ArrayBuffer>, name: string): Recording;
  readSamples(samples: Float32Array<ArrayBuffer>, rate: number): Recording;
}
