/** Thrown where a page has no place for the figures that belong to it. */
export class FigureBlockError extends Error {
  override readonly name = 'FigureBlockError';
}

/**
 * A page of Markdown with the figures between `<!-- figures: name -->` and `<!-- /figures -->` replaced.
 * @param figures Markdown, by name; each has a place in the page.
 * @throws FigureBlockError where there is none for a name, or a place names none of them.
 */
export function withFigures(page: string, figures: ReadonlyMap<string, string>): string {
  const placed = new Set<string>();
  const text = page.replaceAll(
    /(<!-- figures: (\S+) -->\n).*?(<!-- \/figures -->)/gs,
    (_, begin: string, name: string, end: string) => {
      const block = figures.get(name);
      if (block === undefined) {
        throw new FigureBlockError(
          `no figures are called '${name}': ${[...figures.keys()].join(', ')}`,
        );
      }
      placed.add(name);
      return `${begin}\n${block}\n\n${end}`;
    },
  );
  const missing = [...figures.keys()].filter((name) => !placed.has(name));
  if (missing.length > 0) {
    throw new FigureBlockError(
      `the page has no <!-- figures: ${missing.join(' -->, <!-- figures: ')} -->`,
    );
  }
  return text;
}
