import type { SessionInfo, WeightsOutcome } from '../engine/api.ts';
import { byId, element } from './dom.ts';
import type { Engine } from './engine-link.ts';
import { notifyError } from './notices.ts';
import { extents, whole } from './numbers.ts';

/** Names that are listed before the rest is counted. */
const listed = 40;

/** Saves what was learned and loads files of weights. */
export class WeightsPanel {
  readonly #engine: Engine;
  readonly #onLoad: () => void;
  #network = '';

  constructor(engine: Engine, onLoad: () => void) {
    this.#engine = engine;
    this.#onLoad = onLoad;
    for (const format of ['safetensors', 'pth'] as const) {
      byId(`save-${format}`).addEventListener('click', () => void this.#save(format));
    }
    const input = byId('weights-file', HTMLInputElement);
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      if (file !== undefined) void this.load(file);
      input.value = '';
    });
  }

  open({ network, task }: SessionInfo): void {
    this.#network = `${network}-${task}`;
    for (const format of ['safetensors', 'pth']) {
      byId(`save-${format}`, HTMLButtonElement).disabled = false;
    }
  }

  async load(file: File): Promise<void> {
    try {
      const outcome = await this.#engine.call('load', file, file.name);
      byId('outcome').replaceChildren(...report(outcome));
      byId('weights').scrollIntoView({ block: 'nearest' });
      if (outcome.isLoaded) this.#onLoad();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      byId('outcome').replaceChildren(
        element(
          'p',
          { class: 'problem' },
          `${file.name} is no file of weights that can be read. Nothing was loaded; what the network has learned is still there.`,
        ),
        element('p', { class: 'soft names' }, reason),
      );
      byId('weights').scrollIntoView({ block: 'nearest' });
    }
  }

  async #save(format: 'safetensors' | 'pth'): Promise<void> {
    try {
      const bytes = await this.#engine.call('save', format);
      const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
      element('a', { href: url, download: `${this.#network}.${format}` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      notifyError('Nothing was saved', error);
    }
  }
}

function report(outcome: WeightsOutcome): HTMLElement[] {
  const { file, format, isLoaded, headline, tensors } = outcome;
  const lists = [
    ['They keep what they had, because the file lacks them', outcome.left],
    ['In the file, and unknown to the network', outcome.unexpected],
    ['Of another shape', outcome.misshaped],
  ] as const;
  return [
    element(
      'p',
      isLoaded ? {} : { class: 'problem' },
      element('strong', {}, file),
      ` (${format}): ${headline}`,
    ),
    ...lists.flatMap(([title, names]) =>
      names.length === 0 ? [] : [element('p', { class: 'soft names' }, `${title}: ${some(names)}`)],
    ),
    element(
      'details',
      {},
      element('summary', {}, `The ${whole(tensors.length)} tensors of the file`),
      element(
        'div',
        {
          class: 'scroll tall',
          tabindex: '0',
          role: 'region',
          'aria-label': 'Tensors of the file',
        },
        tensorTable(tensors),
      ),
    ),
  ];
}

function some(names: readonly string[]): string {
  const rest = names.length - listed;
  return names.slice(0, listed).join(', ') + (rest > 0 ? ` and ${whole(rest)} more` : '');
}

function tensorTable(tensors: WeightsOutcome['tensors']): HTMLTableElement {
  const head = ['Name', 'Type', 'Shape'].map((title) => element('th', { scope: 'col' }, title));
  const rows = tensors.map(({ name, dtype, shape }) =>
    element(
      'tr',
      {},
      element('td', {}, element('code', {}, name)),
      element('td', {}, dtype),
      element('td', {}, shape.length === 0 ? 'a number' : extents(shape)),
    ),
  );
  return element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...rows),
  );
}
