/**
 * Takes out of the picture of a grid its last line, which says how much is shown: in the picture it would be as small, or as
 * large, as the picture is made to fit.
 */
export function takeNote(svg: string): { readonly picture: string; readonly note: string } {
  const last = /<text [^>]*>([^<]*)<\/text>(?=\s*<\/svg>\s*$)/.exec(svg);
  if (last === null) return { picture: svg, note: '' };
  return {
    picture: svg.slice(0, last.index) + svg.slice(last.index + last[0].length),
    note: last[1]!,
  };
}
