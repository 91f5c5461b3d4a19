import { describeMachine } from '../report/machine.ts';
import { packageVersions } from '../report/packages.ts';
import type { Report } from '../report/report.ts';
import type { MergedJournals } from './merge-journals.ts';
import { networksOnSets } from './plan.ts';
import { resultsOf, sessionsOf } from './summarise.ts';

/** The report on joined journals; no data set has to be there. */
export function mergedReport(
  { recipe, finished, repeated, unlike }: MergedJournals,
  count: number,
  suite: string,
): Report {
  const networks = networksOnSets(finished.sets);
  const { rows, notes } = resultsOf(finished, networks, recipe, suite);
  const sessions = sessionsOf(finished);
  return {
    format: 'convnet-bench-1',
    suite,
    profile: 'full',
    seed: 0,
    date: sessions.map(({ date }) => date).toSorted()[0] ?? new Date().toISOString(),
    // Of a core: the hours of processes that trained beside others tell nothing.
    seconds: finished.coreSeconds,
    interrupted: false,
    machine: sessions[0]?.machine ?? describeMachine(),
    node: sessions[0]?.node ?? process.versions.node,
    device: [...new Set(sessions.map(({ device }) => device))].join('; ') || 'none',
    packages: sessions[0]?.packages ?? packageVersions(),
    sessions,
    recipe: { ...recipe },
    attributions: finished.sets.map(({ source }) => source),
    notes: [
      ...notes,
      ...(count > 1 ? [`Joined from ${count} journals.`] : []),
      ...(repeated > 0
        ? [`${repeated} pieces of work were in more than one; the first counts.`]
        : []),
      ...(unlike > 0
        ? [
            `${unlike} pieces of work were left out: an earlier journal has their networks with other passes or another rate, ` +
              'and seeds of both would have no mean.',
          ]
        : []),
    ],
    rows,
  };
}
