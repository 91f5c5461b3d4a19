import { bar, byId, element } from './dom.ts';
import { percent } from './numbers.ts';

/** Shows the probability of each class; the greatest stands out. */
export function showProbabilities(
  probabilities: readonly number[],
  classes: readonly string[],
): void {
  const best = probabilities.indexOf(Math.max(...probabilities));
  const list = byId('probabilities');
  list.classList.toggle(
    'is-named',
    classes.some((name) => name.length > 2),
  );
  list.replaceChildren(
    ...probabilities.map((probability, i) =>
      element(
        'li',
        { class: i === best ? 'is-best' : null },
        element('span', {}, classes[i]!),
        bar(probability),
        element('span', { class: 'percent' }, percent(probability)),
      ),
    ),
  );
}

/** Says the verdict in a sentence, for those who do not see the bars. */
export function tellVerdict(probabilities: readonly number[], classes: readonly string[]): void {
  const greatest = Math.max(...probabilities);
  const name = classes[probabilities.indexOf(greatest)]!;
  const text = `It says ${name}, with ${percent(greatest)}.`;
  const verdict = byId('verdict');
  if (verdict.textContent !== text) verdict.textContent = text;
}
