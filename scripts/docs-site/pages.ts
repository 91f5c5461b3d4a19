import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

import { root } from '../workspace.ts';

/** A page of the site, from a Markdown file of the repository or made at build time. */
export interface Page {
  /** Where it stands on the site: `families/resnet`; '' is the front page. */
  readonly slug: string;
  /** Markdown with a heading of the first level, or with a title in its front matter. */
  readonly text: string;
  /** The file relative to the root, where its links start from and where links to it lead. */
  readonly path: string;
}

/** Where links of a page lead. */
export interface Places {
  /** Slugs by the path of the Markdown file in the repository. */
  readonly slugs: ReadonlyMap<string, string>;
  /** What stands before every path of the site: '/' or '/convnet/'. */
  readonly base: string;
  /** Called with each file, by its path in the repository, that a page shows or links to and that is no page. */
  readonly onFile: (path: string) => void;
}

/** Files that the site carries along where a page links to them. */
const carried = /\.(svg|png|html|json|jsonl)$/;
/** `](target)` or `](target "title")`, outside of code. */
const link = /(?<image>!?)\[(?<label>(?:[^[\]]|\[[^\]]*\])*)\]\((?<target>[^)\s]+)\)/g;
const code = /^(```|~~~).*?^\1/gms;

/**
 * A page's text as the site's generator takes it: the first heading as the title, the first paragraph as the description,
 * links between files of the repository as links of the site. What is neither a page nor a file to carry along, such as
 * a source, keeps its words and loses its link.
 * @throws Error for a link to a file that does not exist.
 */
export function siteMarkdown({ text, path }: Page, places: Places): string {
  const [, own = '', body = ''] = /^(?:---\n(.*?)^---\n)?(.*)$/ms.exec(text) ?? [];
  const heading = /^# (.+)$/m.exec(body);
  if (heading === null && !own.includes('title:')) throw new Error(`${path} has no heading`);
  const rest = (
    heading === null ? body : body.slice(heading.index + heading[0].length)
  ).trimStart();
  const front = [
    own
      .replaceAll(/(?<=\blink: )(\S+\.md)/g, (file: string) => placeOf(file, path, places) ?? file)
      .trimEnd(),
  ];
  if (heading !== null) front.push(`title: ${JSON.stringify(plain(heading[1] ?? ''))}`);
  if (!own.includes('description:')) {
    const description = plain(/^[A-Z].*(?:\n\S.*)*/m.exec(rest)?.[0] ?? '').replaceAll('\n', ' ');
    if (description !== '') front.push(`description: ${JSON.stringify(description)}`);
  }
  return `---\n${front.filter((line) => line !== '').join('\n')}\n---\n\n${outsideCode(
    rest,
    (part) =>
      part.replaceAll(link, (...match) => {
        const { image, label, target } = match.at(-1) as Record<string, string>;
        return relink(image as string, label as string, target as string, path, places);
      }),
  )}`;
}

function relink(
  image: string,
  label: string,
  target: string,
  from: string,
  places: Places,
): string {
  if (/^(https?:|mailto:|#|\/)/.test(target)) return `${image}[${label}](${target})`;
  const place = placeOf(target, from, places);
  return place === null ? label : `${image}[${label}](${place})`;
}

/** Where on the site a link of the file `from` leads; null where to a file that the site does not have. */
function placeOf(target: string, from: string, { slugs, base, onFile }: Places): string | null {
  const [path = '', fragment] = target.split('#');
  const found = posix.normalize(posix.join(posix.dirname(from), path)).replace(/\/$/, '');
  const page = slugs.get(found) ?? slugs.get(`${found}/README.md`);
  if (page !== undefined) {
    return `${base}${page === '' ? '' : `${page}/`}${fragment === undefined ? '' : `#${fragment}`}`;
  }
  if (!existsSync(join(root, found)))
    throw new Error(`${from} links to ${found}, which is not there`);
  if (!carried.test(found) || !statSync(join(root, found)).isFile()) return null;
  onFile(found);
  return `${base}files/${found}`;
}

/** Replaces in a Markdown text, but not in its code. */
function outsideCode(text: string, replace: (part: string) => string): string {
  let done = 0;
  let result = '';
  for (const match of text.matchAll(code)) {
    result += replace(text.slice(done, match.index)) + match[0];
    done = match.index + match[0].length;
  }
  return result + replace(text.slice(done));
}

/** Words without Markdown. */
function plain(markdown: string): string {
  return markdown.replaceAll(link, '$<label>').replaceAll(/[`*]/g, '');
}

/** A Markdown file of the repository as a page. */
export function filePage(path: string, slug: string): Page {
  return { slug, text: readFileSync(join(root, path), 'utf8'), path };
}
