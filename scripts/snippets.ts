/** An example in a Markdown file. */
export interface Snippet {
  /** Line of its first line of code, from 1. */
  readonly line: number;
  readonly code: string;
  /** Why it is not run, where the fence says so after `ts`: `browser`, `network` or `gpu`. */
  readonly notRun: string | null;
}

/** The TypeScript examples of a Markdown text. Each is a module of its own. */
export function snippetsOf(markdown: string): readonly Snippet[] {
  return Array.from(markdown.matchAll(/^```ts(?: (\w+))?\n(.*?)^```$/gms), (match) => ({
    line: markdown.slice(0, match.index).split('\n').length + 1,
    code: match[2] ?? '',
    notRun: match[1] ?? null,
  }));
}
