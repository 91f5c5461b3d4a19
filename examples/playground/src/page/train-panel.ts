import type { SessionInfo } from '../engine/api.ts';
import { Chart } from './chart.ts';
import { confusionTable } from './confusion-table.ts';
import { byId, element } from './dom.ts';
import type { History } from './history.ts';
import { figures, percent, whole } from './numbers.ts';

/** Shows how training goes: figures, curves and the confusion matrix. */
export class TrainPanel {
  readonly #loss = new Chart(byId('loss-chart'), { unit: 'step', least: 0.5 });
  readonly #accuracy = new Chart(byId('accuracy-chart'), { unit: 'step', least: 100, fixed: true });
  readonly #confusion = byId('confusion');
  #shown: History['confusion'] = null;

  /** What is open, in a sentence. */
  describe(session: SessionInfo): void {
    const { parameters, trainSamples, testSamples, batchSize, deviceDescription } = session;
    byId('about').textContent =
      `${whole(parameters)} parameters, ${whole(trainSamples)} training and ${whole(testSamples)} test samples, ` +
      `${batchSize} a step, on ${deviceDescription}.`;
  }

  show(history: History, classes: readonly string[]): void {
    const { loss, testLoss, accuracy, confusion, steps, epochs, samplesPerSecond } = history;
    const lastLoss = loss.at(-1)?.[1];
    const lastAccuracy = accuracy.at(-1)?.[1];
    set('accuracy', lastAccuracy === undefined ? '–' : percent(lastAccuracy / 100));
    set('loss', lastLoss === undefined ? '–' : lastLoss.toFixed(3));
    set('steps', whole(steps));
    set('epochs', whole(epochs));
    set('speed', samplesPerSecond === 0 ? '–' : whole(samplesPerSecond));
    this.#loss.show(
      [
        { points: loss, role: 'first' },
        { points: testLoss, role: 'second', dots: true },
      ],
      lastLoss === undefined
        ? 'Loss by step: nothing yet'
        : `Loss by step: training ${figures(lastLoss)} at step ${steps}` +
            (testLoss.length > 0 ? `, test ${figures(testLoss.at(-1)![1])}` : ''),
    );
    this.#accuracy.show(
      [{ points: accuracy, role: 'first', dots: true }],
      lastAccuracy === undefined
        ? 'Accuracy on the test set by step: nothing yet'
        : `Accuracy on the test set by step: ${figures(lastAccuracy)} % at step ${steps}`,
    );
    if (confusion === this.#shown && confusion !== null) return;
    this.#shown = confusion;
    this.#confusion.replaceChildren(
      confusion === null
        ? element('p', { class: 'soft empty' }, 'After the first epoch.')
        : confusionTable(confusion, classes),
    );
  }
}

function set(name: string, text: string): void {
  byId(`figure-${name}`).textContent = text;
}
