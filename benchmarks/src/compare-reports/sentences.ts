import { count, digits, percent } from '../report/format.ts';
import type { Report } from '../report/report.ts';
import { changesBetween, type Change, type Comparison, type OtherTraining } from './changes.ts';

/** What got faster, slower, better or worse since an earlier result, a sentence each, the clearest first. */
export function comparisonSentences(before: Report, after: Report): string[] {
  const { changes, compared, shifts, onlyBefore, onlyAfter, otherwise } = changesBetween(
    before,
    after,
  );
  const since = `since ${before.date.slice(0, 16).replace('T', ' ')}`;
  const shifted = shiftSentences(shifts);
  // Where all times changed together, "nothing" would hide it.
  const nothing = shifted.length === 0 ? 'Nothing' : 'Nothing else';
  return [
    ...shifted,
    changes.length === 0
      ? `${nothing} changed beyond noise ${since}: ${count(compared)} figures compared.`
      : `${count(changes.length)} of ${count(compared)} figures changed beyond noise ${since}:`,
    ...changes.map(sentenceOn),
    ...otherMachine(before, after),
    ...(otherwise.length === 0
      ? []
      : [
          `Trained or tested otherwise than in the earlier result, so accuracies tell little: ${trainings(otherwise)}.`,
        ]),
    ...listed('Only the earlier result has', onlyBefore),
    ...listed('The earlier result lacks', onlyAfter),
  ];
}

/** By so much two runs of the same may differ as a whole without a word. */
const notableShift = 0.05;

function shiftSentences(shifts: Comparison['shifts']): string[] {
  return [...shifts].flatMap(([backend, shift]) => {
    if (Math.abs(shift) < notableShift) return [];
    const size = percent(Math.abs(shift), 1);
    return [
      `All times of ${backend} together are ${size} ${shift > 0 ? 'longer' : 'shorter'}, by the median figure: the machine, or ` +
        'what all have in common. Single ones count by what goes beyond that.',
    ];
  });
}

function sentenceOn({ kind, name, before, after, difference, shift, noise }: Change): string {
  if (kind === 'better' || kind === 'worse') {
    const points = (share: string): string => share.replace(' %', ' points');
    return `${kind}: ${name}, ${percent(before, 1)} to ${percent(after, 1)} (${points(signed(difference))}; noise ${points(percent(noise, 1))}).`;
  }
  const all = Math.abs(shift) < notableShift ? '' : `, where all together have ${signed(shift)}`;
  return `${kind}: ${name}, ${digits(before)} to ${digits(after)} ms (${signed(difference)}${all}; noise ${percent(noise, 1)}).`;
}

const signed = (share: number): string => `${share > 0 ? '+' : '−'}${percent(Math.abs(share), 1)}`;

/** 'a, b: 2 passes over 60 then, 1 over 8 now; c: ...': rows that changed alike are named together. */
function trainings(otherwise: readonly OtherTraining[]): string {
  const groups = new Map<string, string[]>();
  for (const { name, before, after } of otherwise) {
    const change = `${before} then, ${after} now`;
    groups.set(change, [...(groups.get(change) ?? []), name]);
  }
  return [...groups].map(([change, names]) => `${names.join(', ')}: ${change}`).join('; ');
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
