import type { DeviceInfo, DeviceName, EngineEvent, SessionInfo, TaskName } from '../engine/api.ts';
import { watchVisibility } from './background.ts';
import { byId, fillSelect } from './dom.ts';
import { takeDrops } from './drop.ts';
import { startEngine, type Engine } from './engine-link.ts';
import { addEpoch, addSteps, goBack, Histories } from './history.ts';
import { InsidePanel } from './inside-panel.ts';
import { InspectorPanel } from './inspector-panel.ts';
import { Kept } from './kept.ts';
import { notify, notifyError } from './notices.ts';
import { SpeedPanel } from './speed-panel.ts';
import { TrainPanel } from './train-panel.ts';
import { TryPanel } from './try-panel.ts';
import { WeightsPanel } from './weights-panel.ts';

/** What the button that starts and pauses says. */
const startWords = {
  idle: 'Start',
  training: 'Pause',
  paused: 'Continue',
  done: 'Train on',
} as const;

/** What is open on a first visit. */
const first = { task: 'digits', network: null, device: 'wasm' } as const;

function whatIsBack({ epochs }: SessionInfo): string {
  const learned =
    epochs === 0 ? 'the weights that you loaded' : `what it learned in ${epochs} epochs`;
  return `The network is as you left it, with ${learned}: this browser kept it. “Reset” starts anew; “Forget”, under Weights, takes everything out of the browser.`;
}

/** Holds what is open, and tells the parts of the page of what happens. */
export class App {
  readonly #engine: Engine;
  readonly #kept = new Kept();
  readonly #histories = new Histories(this.#kept);
  readonly #train = new TrainPanel();
  readonly #try: TryPanel;
  readonly #inside: InsidePanel;
  readonly #speed: SpeedPanel;
  readonly #weights: WeightsPanel;
  readonly #start = byId('start', HTMLButtonElement);
  readonly #reset = byId('reset', HTMLButtonElement);
  readonly #network = byId('network', HTMLSelectElement);
  readonly #device = byId('device', HTMLSelectElement);
  #devices: readonly DeviceInfo[] = [];
  #session: SessionInfo | null = null;

  constructor() {
    this.#engine = startEngine(
      (event) => this.#onEvent(event),
      (reason) =>
        notify(
          `The worker that trains has ended: ${reason}. Reload the page to start anew.`,
          'problem',
        ),
    );
    this.#try = new TryPanel(this.#engine, () => this.#inside.refresh());
    this.#inside = new InsidePanel(this.#engine, () => this.#try.subject);
    this.#speed = new SpeedPanel(this.#engine);
    this.#weights = new WeightsPanel(this.#engine, () => this.#look());
    InspectorPanel.install();
    this.#listen();
  }

  /** Opens the first task, and begins. */
  async open(): Promise<void> {
    try {
      const session = await this.#first();
      this.#enter(session);
      if (session.state === 'idle') await this.#engine.call('start');
      else notify(whatIsBack(session));
      this.#offerDevices(await this.#engine.call('devices'));
    } catch (error) {
      byId('about').textContent = 'Nothing can be trained in this browser.';
      notifyError('The playground could not start', error);
    }
  }

  /** What was open when the page was left; on a first visit, or where that cannot be had any more, the digits. */
  async #first(): Promise<SessionInfo> {
    const { task, network, device } = this.#kept.settings ?? first;
    try {
      return await this.#engine.call('open', task, network, device);
    } catch (error) {
      if (device === first.device) throw error;
      return this.#engine.call('open', task, network, first.device);
    }
  }

  #listen(): void {
    byId('forget').addEventListener('click', () => void this.#forget());
    this.#start.addEventListener('click', () => void this.#toggle());
    this.#reset.addEventListener('click', () => void this.#startAnew());
    byId('task').addEventListener('change', () => void this.#change({ network: null }));
    this.#network.addEventListener('change', () => void this.#change({}));
    this.#device.addEventListener('change', () => void this.#change({}));
    takeDrops({
      image: (file) => this.#try.openImage(file),
      sound: (file) => this.#try.openSound(file),
      weights: (file) => this.#weights.load(file),
    });
    watchVisibility(() => ({
      isTraining: this.#session?.state === 'training',
      steps: this.#history?.steps ?? 0,
    }));
  }

  async #toggle(): Promise<void> {
    const isTraining = this.#session?.state === 'training';
    await this.#engine.call(isTraining ? 'pause' : 'start').catch((error: unknown) => {
      notifyError('Training', error);
    });
    if (isTraining) this.#look();
  }

  async #startAnew(): Promise<void> {
    const { task, network } = this.#session!;
    await this.#while(async () => {
      const session = await this.#engine.call('reset');
      this.#histories.forget(task, network);
      this.#enter(session);
    });
  }

  /** Takes everything out of the browser that was kept in it. */
  async #forget(): Promise<void> {
    await this.#while(async () => {
      const session = await this.#engine.call('forget');
      this.#histories.clear();
      this.#kept.clear();
      this.#enter(session);
      this.#kept.clear();
      notify(
        'Everything that was kept in this browser is gone. What you train from now on is kept again.',
      );
    });
  }

  /** Opens what is chosen; what cannot be opened leaves everything as it was. */
  async #change({
    network = this.#network.value,
  }: {
    readonly network?: string | null;
  }): Promise<void> {
    const task = byId('task').querySelector<HTMLInputElement>('input:checked')!.value as TaskName;
    const device = this.#device.value as DeviceName;
    const isOtherTask = task !== this.#session!.task;
    await this.#while(async () => {
      byId('about').textContent =
        isOtherTask && task === 'signals' ? 'Computing the sounds …' : 'Opening …';
      const session = await this.#engine.call('open', task, isOtherTask ? null : network, device);
      this.#enter(session);
      // What nobody has seen yet begins by itself, as the page did.
      if (session.state === 'idle') await this.#engine.call('start');
    });
  }

  /** Keeps the controls shut while something is opened. */
  async #while(body: () => Promise<void>): Promise<void> {
    const controls = [this.#start, this.#reset, this.#network, this.#device];
    for (const control of controls) control.disabled = true;
    try {
      await body();
    } catch (error) {
      notifyError('It stays as it was', error);
      this.#enter(this.#session!);
    } finally {
      for (const control of controls) control.disabled = false;
    }
  }

  /** Shows what is open. */
  #enter(session: SessionInfo): void {
    this.#session = session;
    const { task, networks, network, device } = session;
    this.#kept.settings = { task, network, device };
    byId('task').querySelector<HTMLInputElement>(`input[value=${task}]`)!.checked = true;
    fillSelect(
      this.#network,
      networks.map(({ name, title }) => ({ value: name, text: title })),
      network,
    );
    this.#showDevices();
    this.#showState();
    this.#train.describe(session);
    goBack(this.#history!, session.steps, session.epochs);
    this.#showHistory();
    this.#inside.open(session);
    this.#weights.open(session);
    this.#reset.disabled = false;
    void this.#try.open(session).then(() => this.#try.refresh());
  }

  #offerDevices(devices: readonly DeviceInfo[]): void {
    this.#devices = devices;
    this.#speed.open(devices);
    this.#showDevices();
  }

  #showDevices(): void {
    const device = this.#session?.device ?? 'wasm';
    const devices = this.#devices.map(({ name, title, missing }) => ({
      value: name,
      text: missing === null ? title : `${title}: not here`,
      disabled: missing !== null,
    }));
    const first = { value: 'wasm', text: 'WebAssembly, 1 thread' };
    fillSelect(this.#device, devices.length > 0 ? devices : [first], device);
  }

  #showState(): void {
    const { state } = this.#session!;
    this.#start.textContent = startWords[state];
    this.#start.disabled = false;
  }

  get #history(): ReturnType<Histories['of']> | null {
    const session = this.#session;
    return session === null ? null : this.#histories.of(session.task, session.network);
  }

  #showHistory(): void {
    this.#train.show(this.#history!, this.#session!.classes);
  }

  #look(): void {
    this.#try.refresh();
    this.#inside.refresh();
  }

  #onEvent(event: EngineEvent): void {
    switch (event.type) {
      case 'notice':
        notify(event.text, event.tone);
        return;
      case 'speed':
        this.#speed.add(event);
        return;
      case 'moved':
        this.#enter(event.session);
        return;
      case 'steps':
        this.#onProgress(event.task, () => addSteps(this.#history!, event));
        return;
      case 'epoch':
        this.#onProgress(event.task, () => addEpoch(this.#history!, event));
        this.#keepHistory();
        this.#look();
        return;
      case 'state':
        if (this.#session?.task !== event.task) return;
        this.#session = { ...this.#session, state: event.state };
        this.#showState();
        this.#try.setState(event.state);
        if (event.state !== 'training') this.#keepHistory();
        if (event.state === 'done') this.#look();
    }
  }

  #keepHistory(): void {
    const { task, network } = this.#session!;
    this.#histories.keep(task, network);
  }

  /** Of a task that was left no more is heard. */
  #onProgress(task: TaskName, add: () => void): void {
    if (this.#session?.task !== task) return;
    add();
    this.#showHistory();
  }
}
