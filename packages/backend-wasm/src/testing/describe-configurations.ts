import { describeConformance, type ConformanceOptions } from '@convnet/conformance/vitest';
import { openMarked, type Configuration } from './open-marked.ts';

/** Runs the conformance suite on devices of these configurations, one after the other. */
export function describeConfigurations(
  configurations: readonly Configuration[],
  options: ConformanceOptions,
): void {
  for (const configuration of configurations) {
    const { build, threads, revectorize } = configuration;
    describeConformance(async () => (await openMarked(configuration)).device, {
      name: `${build}, threads: ${threads}, revectorize: ${revectorize}`,
      ...options,
    });
  }
}
