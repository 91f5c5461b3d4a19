import { escapeXml } from '@convnet/tensor-core';
import type { Point } from '../charts/points.ts';
import { accuracyText, figuresOfSeeds, type AccuracyFigures } from '../report/accuracy-text.ts';
import { duration, count, digits, short } from '../report/format.ts';
import type { Row } from '../report/row.ts';
import { isOfCore } from './is-of-core.ts';

/** The facts about a point, as HTML. */
export function tooltipOf(point: Point, row: Row, colour: string): string {
  const { comparison, training } = row;
  const facts: (readonly [string, string])[] = [
    ['Test accuracy', accuracyText(point)],
    [`By ${comparison?.peer?.name ?? ''}`, peerAccuracyOf(row)],
    ['FLOPs', short(point.flops)],
    ['Parameters', short(point.params)],
    [
      'Trained',
      point.training === null
        ? ''
        : `${duration(point.training)}${isOfCore({ rows: [row] }) ? ' of a core' : ''}`,
    ],
    ['One sample', point.inference === null ? '' : `${digits(point.inference)} ms`],
    ['Memory', comparison === undefined ? '' : `${short(comparison.memoryBytes)}B`],
    ['Rate', comparison === undefined ? '' : String(comparison.rate)],
    [
      'Passes',
      training === undefined
        ? ''
        : point.isCut
          ? `${training.epochs} of ${comparison!.recipeEpochs}: the budget`
          : count(training.epochs),
    ],
    ['Backend', `${point.backend}, ${row.threads === 1 ? 'one thread' : `${row.threads} threads`}`],
  ];
  const list = facts
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `<dt>${escapeXml(name)}</dt><dd>${escapeXml(value)}</dd>`);
  return (
    `<strong><i style="background:${colour}"></i>${escapeXml(point.model)}</strong>` +
    `<span>${escapeXml(point.family)} · ${escapeXml(point.panel)}</span><dl>${list.join('')}</dl>`
  );
}

/** What another library reached with the same trainings; null where none did. */
export function peerFiguresOf({ comparison }: Row): AccuracyFigures | null {
  const accuracies = comparison?.peer?.seeds.map(({ accuracy }) => accuracy);
  if (accuracies === undefined) return null;
  return figuresOfSeeds(accuracies);
}

function peerAccuracyOf(row: Row): string {
  const figures = peerFiguresOf(row);
  return figures === null ? '' : accuracyText(figures);
}
