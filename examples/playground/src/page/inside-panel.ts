import type { SessionInfo } from '../engine/api.ts';
import { byId, fillSelect, showSvg } from './dom.ts';
import type { Engine } from './engine-link.ts';
import { takeNote } from './grid-note.ts';
import { Latest } from './latest.ts';
import { notifyError } from './notices.ts';

/** Shows a grid in the picture of this name, and how much it shows in the paragraph beside it. */
function showGrid(id: 'filters' | 'maps', svg: string, alt: string, scale = 1): void {
  const { picture, note } = takeNote(svg);
  showSvg(byId(id, HTMLImageElement), picture, alt, scale);
  byId(`${id}-note`).textContent = note;
}

/** Shows the filters of the network and what its layers make of a sample. */
export class InsidePanel {
  readonly #engine: Engine;
  readonly #subject: () => Float32Array | null;
  readonly #layer = byId('layer', HTMLSelectElement);
  readonly #pictures = new Latest(() => this.#draw());
  #isSeen = false;
  // Until a network is open there is nothing to draw, though a reload may scroll here before.
  #isStale = false;

  constructor(engine: Engine, subject: () => Float32Array | null) {
    this.#engine = engine;
    this.#subject = subject;
    this.#layer.addEventListener('change', () => this.refresh());
    // Nothing is drawn for a part of the page that nobody looks at.
    new IntersectionObserver(([entry]) => {
      this.#isSeen = entry?.isIntersecting === true;
      if (this.#isSeen && this.#isStale) this.refresh();
    }).observe(byId('inside'));
  }

  open({ layers }: SessionInfo): void {
    const chosen = layers.includes(this.#layer.value) ? this.#layer.value : layers[0]!;
    const choices = layers.map((path) => ({ value: path, text: path }));
    fillSelect(this.#layer, choices, chosen);
    this.refresh();
  }

  refresh(): void {
    this.#isStale = true;
    if (this.#isSeen) this.#pictures.ask();
  }

  async #draw(): Promise<void> {
    this.#isStale = false;
    const layer = this.#layer.value;
    const sample = this.#subject();
    try {
      const filters = await this.#engine.call('filters');
      showGrid('filters', filters, 'The filters of the first convolution', 1.5);
      const maps = byId('maps', HTMLImageElement);
      maps.hidden = sample === null;
      byId('maps-note').hidden = sample === null;
      if (sample === null) return;
      const svg = await this.#engine.call('featureMaps', sample, layer);
      showGrid('maps', svg, `What the channels of ${layer} give for the sample`);
    } catch (error) {
      notifyError('No picture of the network', error);
    }
  }
}
