import { DataLoader } from '@convnet/data';
import { Conv, type AnyModule } from '@convnet/layers';
import { Adam } from '@convnet/optim';
import type { Device } from '@convnet/tensor-core';
import { encodeCheckpoint, loadCheckpoint } from '@convnet/train';

import type { DeviceName, SessionInfo, State } from './api.ts';
import type { Network, Task } from './tasks/task.ts';

/** What a network has learned, outside of every device. */
export interface Learned {
  readonly bytes: Uint8Array;
  readonly steps: number;
  readonly epochs: number;
}

/** A network, its optimiser and its data on one device. */
export class Session {
  readonly task: Task;
  readonly network: Network;
  readonly device: Device;
  readonly deviceName: DeviceName;
  readonly model: AnyModule;
  readonly optimizer: Adam;
  readonly train: DataLoader;
  readonly test: DataLoader;
  steps = 0;
  epochs = 0;
  state: State = 'idle';

  private constructor(
    task: Task,
    network: Network,
    device: Device,
    deviceName: DeviceName,
    model: AnyModule,
  ) {
    this.task = task;
    this.network = network;
    this.device = device;
    this.deviceName = deviceName;
    this.model = model;
    this.optimizer = new Adam(model.parameters(), { learningRate: network.learningRate });
    this.train = new DataLoader(task.train, { batchSize: task.batchSize, shuffle: true, device });
    this.test = new DataLoader(task.test, { batchSize: 250, device });
  }

  /** @param learned what it goes on from; null: random weights. */
  static async open(
    task: Task,
    network: Network,
    device: Device,
    deviceName: DeviceName,
    learned: Learned | null,
  ): Promise<Session> {
    const session = new Session(task, network, device, deviceName, await network.build(device));
    if (learned === null) return session;
    const { model, optimizer } = session;
    await loadCheckpoint(learned.bytes, { model, optimizer });
    session.steps = learned.steps;
    session.epochs = learned.epochs;
    session.state = learned.steps > 0 ? 'paused' : 'idle';
    return session;
  }

  /** Copies what it has learned. */
  async learned(): Promise<Learned> {
    const { model, optimizer, steps, epochs } = this;
    return { bytes: await encodeCheckpoint({ model, optimizer }), steps, epochs };
  }

  get info(): SessionInfo {
    const { task, network, model, device } = this;
    return {
      task: task.name,
      classes: task.test.classes,
      inputShape: task.test.inputShape,
      trainSamples: task.train.length,
      testSamples: task.test.length,
      batchSize: task.batchSize,
      networks: task.networks.map(({ name, title }) => ({ name, title })),
      network: network.name,
      parameters: model.parameters().reduce((sum, { size }) => sum + size, 0),
      device: this.deviceName,
      deviceDescription: String(device),
      layers: convolutions(model),
      steps: this.steps,
      epochs: this.epochs,
      state: this.state,
    };
  }

  /** Gives the device back, and all that is on it. */
  dispose(): void {
    this.device.dispose();
  }
}

function convolutions(model: AnyModule): readonly string[] {
  return Array.from(model.namedModules())
    .filter(([, module]) => module instanceof Conv)
    .map(([path]) => path);
}
