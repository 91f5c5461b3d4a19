import { createLogUpdate } from 'log-update';

import { drawBars } from './draw-bars.ts';
import { columnsOf, type OutputStream, type Progress } from './progress.ts';

/** Longest time without a new picture, in milliseconds, is about this. */
const interval = 100;

/** Whether a stream is a terminal that lines can be redrawn on; one that does not know its size says that it has 0 columns. */
export function livesOn(stream: OutputStream): boolean {
  return (
    stream.isTTY === true &&
    stream.columns !== 0 &&
    process.env['TERM'] !== 'dumb' &&
    process.env['CI'] === undefined
  );
}

/** Bars that are redrawn in place below the lines that stay. */
export function liveProgress(stream: OutputStream): Progress {
  const update = createLogUpdate(stream);
  let drawn = 0;
  return {
    note: (line) => {
      update.clear();
      stream.write(`${line}\n`);
      drawn = 0;
    },
    milestone: () => undefined,
    show: (bars) => {
      const now = performance.now();
      if (now - drawn < interval) return;
      drawn = now;
      update(drawBars(bars, columnsOf(stream.columns)));
    },
    close: () => {
      update.clear();
      update.done();
    },
  };
}
