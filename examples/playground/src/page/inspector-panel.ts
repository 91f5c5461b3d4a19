import type { BuilderInfo, Inquiry, Inspection, InspectorApi, Row } from '../inspector/api.ts';
import { Remote } from '../rpc/remote.ts';
import { bar, byId, element, fillSelect } from './dom.ts';
import { Latest } from './latest.ts';
import { extents, megabytes, short, whole } from './numbers.ts';

/** What a family opens with, where the first network is not what most people look for. */
const firstChoices: Readonly<Record<string, string>> = { resnet: 'resnet18', lenet: 'lenet5' };

/** Greatest extent along an axis that is offered; beyond it nobody has memory. */
const greatestExtent = 100_000;

/** Shows what networks are made of and what they cost, at any size of input. */
export class InspectorPanel {
  readonly #family = byId('family', HTMLSelectElement);
  readonly #builder = byId('builder', HTMLSelectElement);
  readonly #inquiry = new Latest(() => this.#inspect());
  #remote: Remote<InspectorApi> | null = null;
  #builders: readonly BuilderInfo[] = [];
  #found: Inspection | null = null;
  /** How often something was asked for. */
  #asked = 0;

  /** Waits for its part of the page to be looked at. */
  static install(): void {
    new InspectorPanel().#listen();
  }

  #listen(): void {
    this.#family.addEventListener('change', () => void this.#openFamily());
    this.#builder.addEventListener('change', () => this.#openBuilder());
    byId('inquiry').addEventListener('input', () => this.#ask());
    byId('inquiry').addEventListener('submit', (event) => event.preventDefault());
    byId('dims').addEventListener('input', () => this.#offerExtents());
    byId('rows').addEventListener('change', () => this.#showRows());
    // Its worker starts when it is looked at, so that the training has the machine first.
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      void this.#start();
    });
    observer.observe(byId('networks'));
  }

  async #start(): Promise<void> {
    const worker = new Worker(new URL('../inspector/worker.ts', import.meta.url), {
      type: 'module',
    });
    this.#remote = new Remote<InspectorApi>(worker);
    const names = await this.#remote.call('families');
    fillSelect(
      this.#family,
      names.map((name) => ({ value: name, text: name })),
      'resnet',
    );
    await this.#openFamily();
  }

  async #openFamily(): Promise<void> {
    this.#begin();
    const family = this.#family.value;
    try {
      const builders = await this.#remote!.call('builders', family);
      if (family !== this.#family.value) return;
      this.#builders = builders;
    } catch (error) {
      this.#tell(`${family} could not be loaded: ${(error as Error).message}`);
      return;
    }
    const choices = this.#builders.map(({ name }) => ({ value: name, text: name }));
    fillSelect(this.#builder, choices, firstChoices[family] ?? choices[0]!.value);
    this.#openBuilder();
  }

  /** Offers what the network may be built for, at the input that its facts are stated for. */
  #openBuilder(): void {
    const { ranks, channels, extents: stated, reference } = this.#chosen;
    const chosen = ranks.includes(stated.length) ? stated.length : ranks[0]!;
    const dims = byId('dims');
    dims.replaceChildren(
      dims.querySelector('legend')!,
      ...ranks.map((rank) => {
        const input = element('input', { type: 'radio', name: 'dims', value: String(rank) });
        input.checked = rank === chosen;
        return element('label', {}, input, element('span', {}, `${rank}D`));
      }),
    );
    byId('channels', HTMLInputElement).value = String(channels);
    byId('reference').textContent = reference ?? '';
    this.#offerExtents();
    this.#ask();
  }

  #ask(): void {
    this.#begin();
    this.#inquiry.ask();
  }

  /** What is shown is no longer what is asked for. */
  #begin(): void {
    this.#asked++;
    byId('inquiry').ariaBusy = 'true';
  }

  get #chosen(): BuilderInfo {
    return this.#builders.find(({ name }) => name === this.#builder.value)!;
  }

  get #dims(): number {
    const checked = byId('dims').querySelector<HTMLInputElement>('input:checked');
    return Number(checked?.value ?? 2);
  }

  /** One number for each axis. */
  #offerExtents(): void {
    const { extents: stated } = this.#chosen;
    const fieldset = byId('extents');
    const names = { 1: ['length'], 2: ['height', 'width'], 3: ['depth', 'height', 'width'] }[
      this.#dims
    ]!;
    const fields = names.flatMap((name, i) => [
      ...(i === 0 ? [] : [element('span', { class: 'soft', 'aria-hidden': 'true' }, '×')]),
      element('input', {
        type: 'number',
        min: '1',
        max: String(greatestExtent),
        'aria-label': name,
        value: String(stated[i] ?? stated.at(-1)!),
      }),
    ]);
    fieldset.replaceChildren(fieldset.querySelector('legend')!, ...fields);
  }

  async #inspect(): Promise<void> {
    const asked = this.#asked;
    await this.#count();
    if (asked === this.#asked) byId('inquiry').ariaBusy = 'false';
  }

  async #count(): Promise<void> {
    const inputs = Array.from(
      byId('inquiry').querySelectorAll<HTMLInputElement>('input[type=number]'),
    );
    const wrong = inputs.find((input) => !input.checkValidity() || input.value === '');
    if (wrong !== undefined) {
      const name = wrong.getAttribute('aria-label') ?? wrong.labels?.[0]?.textContent?.trim() ?? '';
      this.#tell(`${name}: ${wrong.validationMessage || 'a whole number is missing.'}`);
      return;
    }
    const inquiry: Inquiry = {
      family: this.#family.value,
      builder: this.#builder.value,
      dims: this.#dims,
      channels: Number(byId('channels', HTMLInputElement).value),
      extents: Array.from(byId('extents').querySelectorAll('input'), ({ value }) => Number(value)),
      classes: Number(byId('classes', HTMLInputElement).value),
    };
    try {
      this.#found = await this.#remote!.call('inspect', inquiry);
      this.#tell(null);
      this.#showCosts(this.#found);
      this.#showRows();
      byId('tree').textContent = this.#found.tree;
    } catch (error) {
      this.#tell((error as Error).message);
    }
  }

  /** Says what is wrong; what was shown before stays. */
  #tell(problem: string | null): void {
    const place = byId('inquiry-problem');
    place.hidden = problem === null;
    place.textContent = problem;
  }

  #showCosts({ parameters, macs, flops, parameterBytes, activationBytes }: Inspection): void {
    const all: readonly (readonly [title: string, value: string, unit: string])[] = [
      ['Parameters', short(parameters), ''],
      ['MACs, 1 is 2 FLOPs', short(macs), ''],
      ['FLOPs, all operations', short(flops), ''],
      ['Weights', megabytes(parameterBytes), ''],
      ['Memory, both passes', megabytes(activationBytes), ''],
    ];
    byId('costs').replaceChildren(
      ...all.map(([title, value]) => {
        const [number, ...unit] = value.split(' ');
        const shown = element(
          'span',
          { class: 'unit' },
          unit.length > 0 ? ` ${unit.join(' ')}` : '',
        );
        return element('div', {}, element('dt', {}, title), element('dd', {}, number!, shown));
      }),
    );
  }

  #showRows(): void {
    if (this.#found === null) return;
    const { blocks, layers, macs } = this.#found;
    const kind = byId('rows').querySelector<HTMLInputElement>('input:checked')!.value;
    byId('layers-table').replaceChildren(...tableOf(kind === 'layers' ? layers : blocks, macs));
  }
}

function tableOf(rows: readonly Row[], macs: number): readonly HTMLElement[] {
  const most = Math.max(1, ...rows.map((row) => row.macs));
  const head = element(
    'tr',
    {},
    element('th', { scope: 'col' }, 'Path'),
    element('th', { scope: 'col' }, 'Type'),
    element('th', { scope: 'col' }, 'Output'),
    element('th', { scope: 'col', class: 'number' }, 'Parameters'),
    element('th', { scope: 'col', class: 'number' }, 'MACs'),
    element('th', { scope: 'col', class: 'number' }, 'Share'),
    element('th', { scope: 'col' }, element('span', { class: 'hidden' }, 'Share as a bar')),
  );
  const body = rows.map((row) =>
    element(
      'tr',
      {},
      element('td', {}, element('code', {}, row.path)),
      element('td', {}, row.type),
      element('td', {}, extents(row.outputShape.slice(1))),
      element('td', { class: 'number' }, whole(row.parameters)),
      element('td', { class: 'number' }, whole(row.macs)),
      element('td', { class: 'number' }, `${((100 * row.macs) / Math.max(1, macs)).toFixed(1)} %`),
      element('td', {}, bar(row.macs / most)),
    ),
  );
  return [element('thead', {}, head), element('tbody', {}, ...body)];
}
