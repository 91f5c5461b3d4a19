import { escapeXml } from '@convnet/tensor-core';
import type { Point } from '../charts/points.ts';
import { shortAccuracyText } from '../report/accuracy-text.ts';
import { count, digits, short } from '../report/format.ts';
import type { Row } from '../report/row.ts';
import { isOfCore } from './is-of-core.ts';
import { peerFiguresOf } from './tooltip.ts';

/** The chosen points as rows of an HTML table, the most accurate first. */
export function tableOf(
  rows: readonly Row[],
  points: readonly Point[],
  colours: ReadonlyMap<string, string>,
): string {
  const hasPeer = points.some(({ index }) => rows[index]!.comparison?.peer !== undefined);
  const body = points
    .toSorted((a, b) => b.accuracy - a.accuracy)
    .map((point) => {
      const { comparison, training } = rows[point.index]!;
      const cells = [
        shortAccuracyText(point),
        ...(hasPeer ? [peerCell(rows[point.index]!)] : []),
        count(point.seeds),
        short(point.flops),
        short(point.params),
        count(point.training),
        digits(point.inference),
        comparison === undefined ? '–' : String(comparison.rate),
        training === undefined
          ? '–'
          : point.isCut
            ? `${training.epochs} of ${comparison!.recipeEpochs}`
            : String(training.epochs),
      ];
      return (
        `<tr data-index="${point.index}"><th scope="row"><i style="background:${colours.get(point.family)!}"></i>` +
        `${escapeXml(point.model)}</th>${cells.map((cell) => `<td>${escapeXml(cell)}</td>`).join('')}</tr>`
      );
    });
  const heads = [
    'architecture',
    'test accuracy',
    ...(hasPeer ? [peersOf(rows).join(', ')] : []),
    'seeds',
    'FLOPs',
    'parameters',
    isOfCore({ rows }) ? 'core s to train' : 's to train',
    'ms for one',
    'rate',
    'passes',
  ];
  return (
    `<table><thead><tr>${heads.map((head) => `<th scope="col">${escapeXml(head)}</th>`).join('')}</tr></thead>` +
    `<tbody>${body.join('')}</tbody></table>`
  );
}

function peerCell(row: Row): string {
  const figures = peerFiguresOf(row);
  return figures === null ? '–' : shortAccuracyText(figures);
}

/** The libraries that trained some of the networks too. */
const peersOf = (rows: readonly Row[]): string[] => [
  ...new Set(
    rows.flatMap(({ comparison }) => {
      const peer = comparison?.peer;
      return peer === undefined ? [] : [`${peer.name} ${peer.version}`];
    }),
  ),
];
