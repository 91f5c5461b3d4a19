import { ConfusionMatrix, type Metric } from '@convnet/train';

/** Which classes of the test set were taken for which, counted while it is tested. */
export class Confusion implements Metric {
  readonly name = 'confusion';
  readonly better = 'max';
  readonly #numClasses: number;
  #matrix: ConfusionMatrix;

  constructor(numClasses: number) {
    this.#numClasses = numClasses;
    this.#matrix = new ConfusionMatrix(numClasses);
  }

  reset(): void {
    this.#matrix = new ConfusionMatrix(this.#numClasses);
  }

  update(...[{ data }, target]: Parameters<Metric['update']>): void {
    const width = this.#numClasses;
    for (let sample = 0; sample < target.data.length; sample++) {
      let best = 0;
      for (let i = 1; i < width; i++) {
        if (data[sample * width + i]! > data[sample * width + best]!) best = i;
      }
      this.#matrix.add(target.data[sample]!, best);
    }
  }

  /** The share that is right. */
  compute(): number {
    const { rows } = this.#matrix;
    const total = rows.flat().reduce((sum, count) => sum + count, 0);
    return rows.reduce((sum, row, i) => sum + row[i]!, 0) / total;
  }

  /** A row for each true class, a column for each predicted one. */
  get rows(): readonly (readonly number[])[] {
    return this.#matrix.rows;
  }
}
