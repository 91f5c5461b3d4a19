import type { Column } from './columns.ts';
import { failureLines } from './failures.ts';
import { duration } from './format.ts';
import type { Report } from './report.ts';

/** A report as a page of Markdown, with its chart where there is one. */
export function markdownReport(
  report: Report,
  columns: readonly Column[],
  chart: { readonly title: string; readonly file: string } | null,
): string {
  const { machine } = report;
  const failures = failureLines(report.rows);
  const sections = [
    `# pnpm bench ${report.suite}, ${report.profile} profile`,
    [
      `- Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB (${machine.platform} ${machine.architecture})`,
      `- Device: ${report.device}`,
      `- Node ${report.node}, seed ${report.seed}`,
      `- ${report.date.slice(0, 10)}, ${duration(report.seconds)}${report.interrupted ? ', interrupted' : ''}`,
    ].join('\n'),
    markdownTable(
      columns.map(({ title }) => title.join(' ')),
      columns.map(({ align }) => align),
      report.rows.map((row) => columns.map(({ cell }) => cell(row))),
    ),
    chart === null ? '' : `![${chart.title}](${chart.file})`,
    list([...failures, ...report.notes]),
    list(
      report.attributions.map(
        ({ name, origin, licence }) => `${name}: ${origin}. Licence: ${licence}.`,
      ),
    ),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

/** A table of Markdown. */
export function markdownTable(
  head: readonly string[],
  align: readonly ('left' | 'right')[],
  body: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = align.map((side) => (side === 'right' ? '---:' : '---'));
  return [head, rule, ...body].map(line).join('\n');
}
