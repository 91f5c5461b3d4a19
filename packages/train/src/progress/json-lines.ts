import { ArgumentError, checkOptions, optionKinds, formatValue } from '@convnet/tensor-core';

import type { Callback } from '../fit/reports.ts';
import { aCountOrInfinity } from '../require.ts';

/** Options of `jsonLines` and `jsonLinesFile`. */
export interface JsonLinesOptions {
  /** Steps between two lines of steps; Infinity: none. Default 20. */
  readonly everySteps?: number;
}

const jsonLinesOptions = optionKinds<JsonLinesOptions>({ everySteps: aCountOrInfinity });

/**
 * Tells programs how a run goes: a line of JSON for its start, every so many steps, each epoch and its end, with `event` and
 * `time` (ISO 8601) in front of what callbacks are told. Numbers that are not finite are null.
 *
 * @param write takes a line, with its end; a promise is awaited
 * @throws ArgumentError.
 */
export function jsonLines(
  write: (line: string) => unknown,
  options: JsonLinesOptions = {},
): Callback {
  if (typeof write !== 'function') {
    throw new ArgumentError(
      `jsonLines: expected a function that takes lines, got ${formatValue(write)}`,
    );
  }
  checkOptions('jsonLines', options, jsonLinesOptions);
  const { everySteps = 20 } = options;
  const tell = (event: string, report: object): unknown => {
    const line = JSON.stringify({ event, time: new Date().toISOString(), ...report }, readable);
    return write(`${line}\n`);
  };
  return {
    onStart: (report) => tell('start', report),
    onStep: (report) => (report.totalSteps % everySteps === 0 ? tell('step', report) : undefined),
    onEpoch: (report) => tell('epoch', report),
    onEnd: (report) => tell('end', report),
  };
}

/** An error as its name and message, which JSON would leave out. */
function readable(_: string, value: unknown): unknown {
  return value instanceof Error ? { name: value.name, message: value.message } : value;
}
