/** A table for a terminal: columns as wide as their widest cell, those in `numbers` to the right. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: readonly number[] = [],
): string {
  const widths = head.map((title, c) =>
    Math.max(title.length, ...rows.map((row) => row[c]?.length ?? 0)),
  );
  return [head, ...rows]
    .map((row) =>
      widths
        .map((width, c) => {
          const cell = row[c] ?? '';
          return numbers.includes(c) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** 0.934 as '93.4 %'. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
