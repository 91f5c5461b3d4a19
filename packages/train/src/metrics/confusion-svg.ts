import { escapeXml } from '@convnet/tensor-core';
/** Counts to draw. */
interface Confusions {
  readonly numClasses: number;
  readonly classes: readonly string[];
  /** Of each true class, how often its samples were taken for each class. */
  readonly rows: readonly (readonly number[])[];
}

/** Height of a line of text, in pixels. */
const line = 12;

/** The matrix as an SVG picture, on white. */
export function confusionSvg(matrix: Confusions): string {
  const { numClasses, classes, rows } = matrix;
  // Few classes get large fields with counts in them; of many only the shades can be seen.
  const field = Math.max(10, Math.min(48, Math.floor(640 / numClasses)));
  const longest = Math.max(...classes.map((name) => name.length));
  const margin = Math.min(180, 34 + 7 * longest);
  const side = numClasses * field;
  const greatest = Math.max(1, ...rows.flat()).toString().length;
  const hasCounts = field >= 7 * greatest && field >= line;
  const parts: string[] = [];
  rows.forEach((row, i) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    row.forEach((count, j) => {
      const share = total === 0 ? 0 : count / total;
      const [x, y] = [margin + j * field, margin + i * field];
      parts.push(
        `<rect x="${x}" y="${y}" width="${field}" height="${field}" fill="${shade(share, i === j)}">` +
          `<title>${escapeXml(`${classes[i]} as ${classes[j]}: ${count} (${(100 * share).toFixed(1)} %)`)}</title></rect>`,
      );
      if (hasCounts && count > 0) {
        parts.push(
          `<text x="${x + field / 2}" y="${y + field / 2}" text-anchor="middle" dominant-baseline="central" ` +
            `fill="${share > 0.55 ? '#fff' : '#222'}">${count}</text>`,
        );
      }
    });
    if (field < line) return;
    const middle = margin + i * field + field / 2;
    const name = escapeXml(classes[i]!);
    parts.push(
      `<text x="${margin - 6}" y="${middle}" text-anchor="end" dominant-baseline="central">${name}</text>`,
      `<text transform="translate(${middle} ${margin - 6}) rotate(-90)" dominant-baseline="central">${name}</text>`,
    );
  });
  const size = margin + side + 12;
  const center = margin + side / 2;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" width="${size}" height="${size}" ` +
    `font-family="sans-serif" font-size="${line}" fill="#222">` +
    `<rect width="100%" height="100%" fill="#fff"/>` +
    parts.join('') +
    `<rect x="${margin}" y="${margin}" width="${side}" height="${side}" fill="none" stroke="#888"/>` +
    `<text x="${center}" y="14" text-anchor="middle" font-weight="bold">predicted</text>` +
    `<text transform="translate(14 ${center}) rotate(-90)" text-anchor="middle" font-weight="bold">true</text>` +
    '</svg>'
  );
}

/** From white to blue where it is right, to red where it is wrong. */
function shade(share: number, isRight: boolean): string {
  const full = isRight ? [24, 90, 157] : [178, 34, 34];
  const channels = full.map((channel) => Math.round(255 + (channel - 255) * Math.sqrt(share)));
  return `rgb(${channels.join(',')})`;
}
