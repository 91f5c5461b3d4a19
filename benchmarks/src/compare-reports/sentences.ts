import { count, digits, percent } from '../report/format.ts';
import type { Report } from '../report/report.ts';
import { changesBetween, type Change } from './changes.ts';

/** What got faster, slower, better or worse since an earlier result, a sentence each, the clearest first. */
export function comparisonSentences(before: Report, after: Report): string[] {
  const { changes, compared, onlyBefore, onlyAfter, otherwise } = changesBetween(before, after);
  const since = `since ${before.date.slice(0, 16).replace('T', ' ')}`;
  return [
    changes.length === 0
      ? `Nothing changed beyond noise ${since}: ${count(compared)} figures compared.`
      : `${count(changes.length)} of ${count(compared)} figures changed beyond noise ${since}:`,
    ...changes.map(sentenceOn),
    ...otherMachine(before, after),
    ...(otherwise.length === 0
      ? []
      : [
          `Trained or tested otherwise than in the earlier result, so accuracies tell little: ${otherwise.join('; ')}.`,
        ]),
    ...listed('Only the earlier result has', onlyBefore),
    ...listed('The earlier result lacks', onlyAfter),
  ];
}

function sentenceOn({ kind, name, before, after, difference, noise }: Change): string {
  const sign = difference > 0 ? '+' : '−';
  const size = percent(Math.abs(difference), 1);
  const isTime = kind === 'faster' || kind === 'slower';
  const values = isTime
    ? `${digits(before)} to ${digits(after)} ms (${sign}${size}`
    : `${percent(before, 1)} to ${percent(after, 1)} (${sign}${size.replace(' %', ' points')}`;
  return `${kind}: ${name}, ${values}; noise ${percent(noise, 1).replace(' %', isTime ? ' %' : ' points')}).`;
}

function otherMachine(before: Report, after: Report): string[] {
  const facts = (report: Report): string =>
    `${report.machine.cpu}, ${report.machine.cores} cores, Node ${report.node}`;
  return facts(before) === facts(after)
    ? []
    : [
        `The earlier result is of another machine or Node (${facts(before)}): its times tell little.`,
      ];
}

const listed = (text: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`${text}: ${names.join(', ')}.`];
