import type { Report } from '../report/report.ts';

/** Whether the seconds of trainings are those of a core, which other work changes little, or those of the day. */
export const isOfCore = ({ rows }: Pick<Report, 'rows'>): boolean =>
  rows.some(({ comparison }) => comparison !== undefined);
