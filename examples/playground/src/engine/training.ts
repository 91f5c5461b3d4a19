import { fit, type EpochReport, type StepReport } from '@convnet/train';

import type { EngineEvent, StepsEvent } from './api.ts';
import { Confusion } from './confusion.ts';
import { Gate, messagesIn, type Lock } from './lock.ts';
import type { Session } from './session.ts';

/** Runs through the training set until the page says that it is done. */
export const epochsOfRun = 20;

/** Steps whose mean loss is one point of the curve. */
const stepsOfPoint = 5;

/** Milliseconds between two reports to the page. */
const reportEvery = 60;

/** Milliseconds after which messages are let in. */
const breathEvery = 12;

/** Trains the network of a session. It holds the lock but for the moments between two steps. */
export class Training {
  readonly #session: Session;
  readonly #lock: Lock;
  readonly #tell: (event: EngineEvent) => void;
  readonly #failed: (error: unknown) => void;
  readonly #gate = new Gate();
  readonly #controller = new AbortController();
  readonly #confusion: Confusion;
  readonly #pace: Pace;
  #release: () => void = () => undefined;
  #run: Promise<void> | null = null;
  #lastBreath = 0;
  /** Whether it has let go of the lock, or waits for it again. */
  #isBetweenSteps = false;

  /** @param failed hears why it ended, where it was neither done nor stopped. */
  constructor(
    session: Session,
    lock: Lock,
    tell: (event: EngineEvent) => void,
    failed: (error: unknown) => void,
  ) {
    this.#session = session;
    this.#lock = lock;
    this.#tell = tell;
    this.#failed = failed;
    this.#confusion = new Confusion(session.task.test.classes.length);
    this.#pace = new Pace(session, tell);
  }

  /** Whether it trains, and nobody has asked for a pause. */
  get isWanted(): boolean {
    return this.#session.state === 'training' && this.#gate.isOpen;
  }

  /** Begins, or goes on after a pause. */
  start(): void {
    if (this.#session.state !== 'training') this.#setState('training');
    this.#gate.open();
    if (this.#run !== null) return;
    this.#run = this.#train();
    this.#run.catch(this.#failed);
  }

  /** Tells that it is paused when the step under way is finished; the lock is not free before that. */
  pause(): void {
    this.#gate.shut();
    if (this.#isBetweenSteps) this.#rest();
  }

  /** Ends it between two steps; what was learned stands. */
  async stop(): Promise<void> {
    this.#controller.abort(stopped);
    this.#gate.open();
    await this.#run?.catch(() => undefined);
  }

  async #train(): Promise<void> {
    const { model, optimizer, train, test } = this.#session;
    const before = { steps: this.#session.steps, epochs: this.#session.epochs };
    this.#release = await this.#lock.acquire();
    this.#pace.start();
    try {
      await fit(model, {
        train,
        test,
        optimizer,
        epochs: epochsOfRun,
        metrics: [this.#confusion],
        checkEvery: stepsOfPoint,
        signal: this.#controller.signal,
        onStep: (report) => this.#afterStep(report, before.steps),
        onEpoch: (report) => this.#afterEpoch(report, before),
      });
      this.#setState('done');
    } catch (error) {
      if (error !== stopped) throw error;
    } finally {
      this.#pace.report();
      this.#release();
    }
  }

  async #afterStep(report: StepReport, stepsBefore: number): Promise<void> {
    this.#session.steps = stepsBefore + report.totalSteps;
    this.#pace.add(report);
    const isDue = performance.now() - this.#lastBreath > breathEvery;
    if (isDue || !this.#gate.isOpen) await this.#breathe();
  }

  async #afterEpoch(
    { epoch, test }: EpochReport,
    before: { readonly steps: number; readonly epochs: number },
  ): Promise<void> {
    const session = this.#session;
    session.epochs = before.epochs + epoch;
    this.#pace.report();
    this.#tell({
      type: 'epoch',
      task: session.task.name,
      steps: session.steps,
      epochs: session.epochs,
      testLoss: test!.loss,
      accuracy: test!.accuracy,
      confusion: this.#confusion.rows,
    });
    if (epoch < epochsOfRun) await this.#breathe();
  }

  /** Lets in what was asked for meanwhile, and waits while the gate is shut. */
  async #breathe(): Promise<void> {
    do {
      // Who waits for a pause is let in next, and shall find all steps told.
      if (!this.#gate.isOpen) this.#rest();
      this.#isBetweenSteps = true;
      this.#release();
      await messagesIn();
      await this.#gate.passed();
      this.#release = await this.#lock.acquire();
      this.#isBetweenSteps = false;
      // It may have been shut again while others had the lock.
    } while (!this.#gate.isOpen);
    this.#lastBreath = performance.now();
    this.#pace.start();
  }

  #rest(): void {
    if (this.#session.state !== 'training') return;
    this.#pace.report();
    this.#setState('paused');
  }

  #setState(state: Session['state']): void {
    this.#session.state = state;
    this.#tell({ type: 'state', task: this.#session.task.name, state });
  }
}

/** Why a run was stopped that did nothing wrong. */
const stopped = new Error('stopped');

/** Tells the page how fast it goes and what the losses are, a few times a second. */
class Pace {
  readonly #session: Session;
  readonly #tell: (event: StepsEvent) => void;
  #losses: [step: number, loss: number][] = [];
  #last = 0;
  #reported = 0;
  #milliseconds = 0;
  #samples = 0;
  #samplesOfEpoch = 0;
  #speed = 0;

  constructor(session: Session, tell: (event: StepsEvent) => void) {
    this.#session = session;
    this.#tell = tell;
  }

  /** What follows is work. */
  start(): void {
    this.#last = performance.now();
  }

  /** Takes a step that took the time since the one before it, or since `start`. */
  add({ step, steps, loss, samples }: StepReport): void {
    const now = performance.now();
    this.#milliseconds += now - this.#last;
    this.#last = now;
    if (samples < this.#samplesOfEpoch) this.#samplesOfEpoch = 0;
    this.#samples += samples - this.#samplesOfEpoch;
    this.#samplesOfEpoch = samples;
    const isPoint = step % stepsOfPoint === 0 || step === steps;
    if (isPoint && Number.isFinite(loss)) this.#losses.push([this.#session.steps, loss]);
    if (this.#session.steps === 1 || now - this.#reported > reportEvery) this.report();
  }

  report(): void {
    if (this.#milliseconds > 0) this.#speed = (1000 * this.#samples) / this.#milliseconds;
    // What the speed is the mean over: about the last second.
    if (this.#milliseconds > 1000) {
      this.#milliseconds /= 2;
      this.#samples /= 2;
    }
    const { task, steps, epochs } = this.#session;
    this.#tell({
      type: 'steps',
      task: task.name,
      losses: this.#losses,
      steps,
      epochs,
      samplesPerSecond: this.#speed,
    });
    this.#losses = [];
    this.#reported = performance.now();
  }
}
