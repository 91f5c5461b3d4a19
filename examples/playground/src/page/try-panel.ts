import type { Recording, SessionInfo } from '../engine/api.ts';
import { sampleRate } from '../engine/tasks/sounds.ts';
import { byId, showSvg } from './dom.ts';
import { DrawingPad } from './drawing-pad.ts';
import { digitOf } from './digit-image.ts';
import type { Engine } from './engine-link.ts';
import { openImage } from './image-file.ts';
import { Latest } from './latest.ts';
import { notify, notifyError } from './notices.ts';
import { whole } from './numbers.ts';
import { showProbabilities, tellVerdict } from './prediction-view.ts';
import { decodeSound, play, record } from './sound.ts';
import { single, type Subject } from './subject.ts';

/** Shows what the network makes of what is drawn, recorded, loaded or chosen. */
export class TryPanel {
  readonly #engine: Engine;
  readonly #onSubject: () => void;
  readonly #pad: DrawingPad;
  readonly #sample = byId('sample', HTMLInputElement);
  readonly #classification = new Latest(
    () => this.#classify(),
    () => this.#showBusy(),
  );
  readonly #explanation = new Latest(() => this.#explain());
  #session: SessionInfo | null = null;
  /** What is looked at, by task: it is still there when one comes back. */
  readonly #subjects = new Map<string, Subject>();

  /** @param onSubject is called when there is something else to look at. */
  constructor(engine: Engine, onSubject: () => void) {
    this.#engine = engine;
    this.#onSubject = onSubject;
    this.#pad = new DrawingPad(byId('pad', HTMLCanvasElement), (isDone) => this.#drawn(isDone));
    byId('clear').addEventListener('click', () => this.#clear());
    byId('image-file').addEventListener('change', (event) =>
      this.#chosen(event, (file) => this.openImage(file)),
    );
    byId('sound-file').addEventListener('change', (event) =>
      this.#chosen(event, (file) => this.openSound(file)),
    );
    byId('record').addEventListener('click', () => void this.#record());
    byId('play').addEventListener('click', () => this.#play());
    this.#sample.addEventListener('change', () => void this.#chooseSample(0));
    byId('previous-sample').addEventListener('click', () => void this.#chooseSample(-1));
    byId('next-sample').addEventListener('click', () => void this.#chooseSample(1));
  }

  /** What is looked at now. */
  get subject(): Float32Array | null {
    return this.#current?.main ?? null;
  }

  async open(session: SessionInfo): Promise<void> {
    const isOther = session.task !== this.#session?.task;
    this.#session = session;
    byId('digit-source').hidden = session.task !== 'digits';
    byId('signal-source').hidden = session.task !== 'signals';
    byId('try').classList.toggle('is-wide', session.task === 'signals');
    byId('sample-count').textContent = `of ${whole(session.testSamples)}`;
    this.#sample.max = String(session.testSamples);
    if (!isOther) return;
    if (this.#current === null) await this.#chooseSample(0);
    else this.#show(this.#current);
  }

  /** The network trains, or does no more. */
  setState(state: SessionInfo['state']): void {
    if (this.#session === null) return;
    this.#session = { ...this.#session, state };
    // What it says at rest is asked for now, so that nobody takes what it said before for it.
    if (state !== 'training') this.refresh();
    this.#showBusy();
  }

  /** While the network learns, or is asked, what is said will not last. */
  #showBusy(): void {
    const isBusy = this.#session?.state === 'training' || this.#classification.isRunning;
    byId('probabilities').setAttribute('aria-busy', String(isBusy));
  }

  /** Asks again: the network has learned, or is another one. */
  refresh(): void {
    if (this.#current === null) return;
    this.#classification.ask();
    this.#explanation.ask();
  }

  /** A picture of a digit. */
  async openImage(file: File): Promise<void> {
    if (this.#session?.task !== 'digits') {
      notify('Pictures are looked at under “Digits”: choose it above, then load this one again.');
      return;
    }
    try {
      const { ink, width, height } = await openImage(file);
      const digit = digitOf(ink);
      const size = `${whole(width)} × ${whole(height)} pixels`;
      if (digit === null) {
        notify(
          `${file.name}: nothing stands out from the ground in its ${size}. A digit that is dark on light paper works best.`,
          'problem',
        );
        return;
      }
      this.#pad.show(digit);
      this.#show(single(digit, `${file.name}, ${size} scaled down to 28 × 28`));
    } catch (error) {
      notifyError(file.name, error);
    }
  }

  /** A recording. */
  async openSound(file: File): Promise<void> {
    if (this.#session?.task !== 'signals') {
      notify(
        'Recordings are listened to under “Sounds”: choose it above, then load this one again.',
      );
      return;
    }
    try {
      const recording = /\.wav$/i.test(file.name)
        ? await this.#engine.call('readWav', new Uint8Array(await file.arrayBuffer()), file.name)
        : await this.#decoded(file);
      this.#heard(recording, file.name);
    } catch (error) {
      notifyError(file.name, error);
    }
  }

  async #decoded(file: File): Promise<Recording> {
    const { values, rate } = await decodeSound(file);
    return this.#engine.call('readSamples', values, rate);
  }

  async #record(): Promise<void> {
    const button = byId('record', HTMLButtonElement);
    const level = byId('level', HTMLMeterElement);
    button.disabled = true;
    button.textContent = 'Recording …';
    level.hidden = false;
    try {
      const { values, rate } = await record((loudness) => {
        level.value = loudness;
      });
      this.#heard(await this.#engine.call('readSamples', values, rate), 'your recording');
    } catch (error) {
      notifyError('No recording', error);
    } finally {
      button.disabled = false;
      button.textContent = 'Record';
      level.hidden = true;
    }
  }

  #heard({ pieces, loudest, seconds }: Recording, name: string): void {
    const main = pieces[loudest]!;
    this.#show({
      pieces,
      main,
      note: `${name}, ${seconds.toFixed(1)} s in ${pieces.length} pieces`,
    });
  }

  #play(): void {
    const subject = this.#current;
    if (subject === null) return;
    // An octave of headroom for ears: samples go up to full scale.
    const values = Float32Array.from(subject.main, (value) => 0.5 * value);
    void play({ values, rate: sampleRate });
  }

  async #chooseSample(step: number): Promise<void> {
    const { testSamples } = this.#session!;
    const wanted = Math.trunc(Number(this.#sample.value)) + step || 1;
    // One after the last is the first.
    const index = (Math.min(wanted, testSamples + 1) - 1 + testSamples) % testSamples;
    const { values, label } = await this.#engine.call('testSample', index);
    this.#sample.value = String(index + 1);
    const session = this.#session!;
    if (session.task === 'digits') this.#pad.show(values);
    this.#show(
      single(values, `test sample ${whole(index + 1)}, in truth ${session.classes[label]}`),
    );
  }

  #drawn(isDone: boolean): void {
    const digit = this.#pad.digit();
    if (digit === null) return;
    this.#subjects.set('digits', single(digit, 'your drawing'));
    byId('sample-note').textContent = 'of your drawing';
    this.#classification.ask();
    if (!isDone) return;
    this.#explanation.ask();
    this.#onSubject();
  }

  #clear(): void {
    this.#pad.clear();
    this.#subjects.delete('digits');
    byId('sample-note').textContent = '';
    byId('probabilities').replaceChildren();
    byId('explanation').hidden = true;
    byId('explanation-empty').hidden = false;
    this.#onSubject();
  }

  #show(subject: Subject): void {
    this.#subjects.set(this.#session!.task, subject);
    byId('sample-note').textContent = `of ${subject.note}`;
    this.refresh();
    this.#onSubject();
  }

  get #current(): Subject | null {
    return this.#subjects.get(this.#session?.task ?? '') ?? null;
  }

  async #classify(): Promise<void> {
    const [session, subject] = [this.#session!, this.#current];
    if (subject === null) return;
    try {
      const { probabilities } = await this.#engine.call('classify', subject.pieces);
      const isTraining = this.#session?.state === 'training';
      if (session.task !== this.#session?.task || this.#current === null) return;
      showProbabilities(probabilities, session.classes);
      if (!isTraining) tellVerdict(probabilities, session.classes);
    } catch (error) {
      notifyError('No prediction', error);
    }
  }

  async #explain(): Promise<void> {
    const [session, subject] = [this.#session!, this.#current];
    if (subject === null) return;
    try {
      const svg = await this.#engine.call('explain', subject.main);
      if (session.task !== this.#session?.task || this.#current === null) return;
      const alt = `What speaks for the class in ${subject.note}, as a heat map`;
      // A signal is drawn wide, a digit small.
      const scale = session.task === 'digits' ? 1.35 : 1.7;
      showSvg(byId('explanation', HTMLImageElement), svg, alt, scale);
      byId('explanation-empty').hidden = true;
    } catch (error) {
      notifyError('No Grad-CAM', error);
    }
  }

  #chosen(event: Event, open: (file: File) => Promise<void>): void {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    if (file !== undefined) void open(file);
    // The same file can be chosen again.
    input.value = '';
  }
}
