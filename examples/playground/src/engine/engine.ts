import type { Device } from '@convnet/tensor-core';

import type {
  Classification,
  DeviceInfo,
  DeviceName,
  EngineApi,
  EngineEvent,
  Recording,
  SessionInfo,
  TaskName,
  TestSample,
  WeightsOutcome,
} from './api.ts';
import { findDevices, openDevice } from './devices.ts';
import { noKeeper, type Keeper } from './keeper.ts';
import { Lock } from './lock.ts';
import { classify, explain, featureMapsPicture, filtersPicture } from './prediction.ts';
import { readSamples, readWav } from './recording.ts';
import { Session, type Learned } from './session.ts';
import { measureDevice } from './speed.ts';
import type { Network, Task } from './tasks/task.ts';
import { Training } from './training.ts';
import { encode, loadInto } from './weights-file.ts';

/** What the engine gets from where it runs. */
export interface Surroundings {
  /** Loads a task, once. */
  task(name: TaskName): Promise<Task>;
  device(name: DeviceName): Promise<Device>;
  /** Keeps what was learned for the next visit. */
  readonly keeper: Keeper;
  tell(event: EngineEvent): void;
}

/** What may be left out. */
type Given = 'device' | 'keeper';

/** Milliseconds between two writings of what is learned. */
const keepEvery = 1500;

/** What the page can ask for: one network at a time is open, those that were are kept. */
export class Engine implements EngineApi {
  readonly #around: Surroundings;
  readonly #lock = new Lock();
  readonly #tasks = new Map<TaskName, Promise<Task>>();
  /** What was learned by networks that are not open, by task and name. */
  readonly #kept = new Map<string, Learned>();
  /** What the open network had learned after its last epoch. */
  #backup: Learned | null = null;
  #session: Session | null = null;
  #training: Training | null = null;

  #keptAt = Number.NEGATIVE_INFINITY;

  constructor(around: Omit<Surroundings, Given> & Partial<Pick<Surroundings, Given>>) {
    this.#around = { device: openDevice, keeper: noKeeper, ...around };
  }

  devices(): Promise<readonly DeviceInfo[]> {
    return findDevices();
  }

  async open(name: TaskName, wanted: string | null, device: DeviceName): Promise<SessionInfo> {
    const task = await this.#task(name);
    const before = this.#session;
    const isSameTask = before?.task.name === name;
    const chosen = wanted ?? (isSameTask ? before.network.name : null);
    const network = task.networks.find((one) => one.name === chosen) ?? task.networks[0];
    // First what may fail: without the new device the old one stays as it is.
    const opened = await this.#around.device(device);
    try {
      const wasTraining = this.#training?.isWanted === true;
      await this.#training?.stop();
      const learned = before === null ? null : await this.#lock.run(() => before.learned());
      if (before !== null && learned !== null) {
        const key = keyOf(before.task, before.network);
        this.#kept.set(key, learned);
        if (learned.steps > 0) await this.#around.keeper.write(key, learned);
      }
      await this.#enter(await this.#openSession(task, network, opened, device));
      if (wasTraining && isSameTask && before.network === network) this.start();
    } catch (error) {
      opened.dispose();
      throw error;
    }
    return this.#open.info;
  }

  start(): void {
    const session = this.#open;
    if (this.#training === null || session.state === 'done') {
      this.#training = new Training(
        session,
        this.#lock,
        (event) => this.#onEvent(event),
        (error) => void this.#recover(session, error),
      );
    }
    this.#training.start();
  }

  async pause(): Promise<void> {
    this.#training?.pause();
    // When this one is let in, the step that was under way is done.
    if (this.#session !== null) await this.#backUp(this.#session, true);
  }

  async reset(): Promise<SessionInfo> {
    const { task, network, deviceName } = this.#open;
    const device = await this.#around.device(deviceName);
    await this.#training?.stop();
    this.#kept.delete(keyOf(task, network));
    await this.#around.keeper.forget(keyOf(task, network));
    await this.#enter(await Session.open(task, network, device, deviceName, null));
    return this.#open.info;
  }

  async forget(): Promise<SessionInfo> {
    const info = await this.reset();
    this.#kept.clear();
    await this.#around.keeper.clear();
    return info;
  }

  testSample(index: number): TestSample {
    const { task } = this.#open;
    const within = Math.min(Math.max(0, Math.trunc(index) || 0), task.test.length - 1);
    return { index: within, values: task.testSample(within), label: task.test.labels[within]! };
  }

  classify(pieces: readonly Float32Array[]): Promise<Classification> {
    return this.#lock.run(() => classify(this.#open, pieces));
  }

  explain(sample: Float32Array): Promise<string> {
    return this.#lock.run(() => explain(this.#open, sample));
  }

  filters(): Promise<string> {
    return this.#lock.run(() => filtersPicture(this.#open));
  }

  featureMaps(sample: Float32Array, layer: string): Promise<string> {
    return this.#lock.run(() => featureMapsPicture(this.#open, sample, layer));
  }

  async measure(devices: readonly DeviceName[]): Promise<void> {
    await this.#lock.run(async () => {
      for (const name of devices) {
        const device = await this.#around.device(name);
        try {
          await measureDevice(device, (measurement) =>
            this.#around.tell({ type: 'speed', device: name, measurement }),
          );
        } finally {
          device.dispose();
        }
      }
    });
  }

  save(format: 'safetensors' | 'pth'): Promise<Uint8Array<ArrayBuffer>> {
    return this.#lock.run(() => encode(this.#open, format));
  }

  async load(file: Blob, name: string): Promise<WeightsOutcome> {
    const outcome = await this.#lock.run(() => loadInto(this.#open, file, name));
    if (outcome.isLoaded) await this.#backUp(this.#open, true);
    return outcome;
  }

  readWav(bytes: Uint8Array<ArrayBuffer>, name: string): Recording {
    return readWav(bytes, name);
  }

  readSamples(samples: Float32Array<ArrayBuffer>, rate: number): Recording {
    return readSamples(samples, rate);
  }

  get #open(): Session {
    if (this.#session === null) throw new Error('no network is open yet');
    return this.#session;
  }

  #task(name: TaskName): Promise<Task> {
    let task = this.#tasks.get(name);
    if (task === undefined) {
      task = this.#around.task(name);
      this.#tasks.set(name, task);
      // Next time it is tried again.
      task.catch(() => this.#tasks.delete(name));
    }
    return task;
  }

  /** A network as it was when it was last open: in this visit, or in one before. */
  async #openSession(
    task: Task,
    network: Network,
    device: Device,
    deviceName: DeviceName,
  ): Promise<Session> {
    const { keeper } = this.#around;
    const key = keyOf(task, network);
    const known = this.#kept.get(key);
    if (known !== undefined) return Session.open(task, network, device, deviceName, known);
    const kept = await keeper.read(key);
    if (kept === null) return Session.open(task, network, device, deviceName, null);
    try {
      const session = await Session.open(task, network, device, deviceName, kept);
      session.state = 'paused';
      return session;
    } catch {
      // Of another version of the page, whose network was another one.
      await keeper.forget(key);
      return Session.open(task, network, device, deviceName, null);
    }
  }

  /** Takes the place of the session that was open. */
  async #enter(session: Session): Promise<void> {
    const before = this.#session;
    this.#session = session;
    this.#training = null;
    this.#backup = await session.learned();
    if (before !== null) await this.#lock.run(() => before.dispose());
  }

  #onEvent(event: EngineEvent): void {
    this.#around.tell(event);
    const isDone = event.type === 'state' && event.state === 'done';
    if (event.type !== 'epoch' && !isDone) return;
    const session = this.#open;
    // A device that is gone is told by the training on it.
    this.#backUp(session, isDone).catch(() => undefined);
  }

  /** @param isUrgent whether it is kept for the next visit even if that was done a moment ago */
  async #backUp(session: Session, isUrgent: boolean): Promise<void> {
    await this.#lock.run(async () => {
      if (session !== this.#session) return;
      const learned = await session.learned();
      this.#backup = learned;
      if (!isUrgent && performance.now() - this.#keptAt < keepEvery) return;
      await this.#around.keeper.write(keyOf(session.task, session.network), learned);
      this.#keptAt = performance.now();
    });
  }

  /** After a failure of training: a network whose device is gone goes on from its last epoch on one that stays. */
  async #recover(session: Session, error: unknown): Promise<void> {
    if (session !== this.#session) return;
    this.#training = null;
    session.state = 'paused';
    const reason = error instanceof Error ? error.message : String(error);
    if (session.deviceName === 'wasm') {
      this.#around.tell({ type: 'state', task: session.task.name, state: 'paused' });
      this.#around.tell({ type: 'notice', tone: 'problem', text: `Training stopped: ${reason}` });
      return;
    }
    const { task, network } = session;
    const device = await this.#around.device('wasm');
    this.#session = await Session.open(task, network, device, 'wasm', this.#backup);
    session.dispose();
    this.#around.tell({ type: 'moved', session: this.#session.info });
    this.#around.tell({
      type: 'notice',
      tone: 'problem',
      text: `The device stopped working, so the network went back to WebAssembly as it was after its last epoch; “Continue” goes on from there. (${reason})`,
    });
  }
}

function keyOf(task: Task, { name }: Network): string {
  return `${task.name}/${name}`;
}
