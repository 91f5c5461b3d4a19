import { conformanceCases, type ConformanceCase } from '@convnet/conformance';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Opened } from '../loader.ts';
import { openMarked, type Configuration } from './open-marked.ts';

/** Runs the conformance suite, or other cases, on devices of these configurations, one after the other. */
export function describeConformance(
  configurations: readonly Configuration[],
  cases: readonly ConformanceCase[] = conformanceCases(),
): void {
  describe.each(configurations)(
    '$build, threads: $threads, revectorize: $revectorize',
    (configuration) => {
      let opened: Opened;

      beforeAll(async () => {
        opened = await openMarked(configuration);
      });

      afterAll(() => opened.device.dispose());

      test.each(cases)('$name', async ({ run }) => {
        const { failures } = await run(opened.device);
        expect(failures).toEqual([]);
      });
    },
  );
}
