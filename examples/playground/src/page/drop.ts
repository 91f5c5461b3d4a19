import { byId } from './dom.ts';

/** What is done with a file that is dropped. */
export interface Receivers {
  image(file: File): Promise<void>;
  sound(file: File): Promise<void>;
  /** Of everything else. */
  weights(file: File): Promise<void>;
}

/** Takes files that are dropped anywhere on the page; without this the browser would leave it. */
export function takeDrops(receivers: Receivers): void {
  const sign = byId('drop');
  const hasFiles = (event: DragEvent): boolean =>
    event.dataTransfer?.types.includes('Files') === true;
  addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    sign.hidden = false;
  });
  addEventListener('dragleave', (event) => {
    // Only where it leaves the window, not for an element within it.
    if (event.relatedTarget === null) sign.hidden = true;
  });
  addEventListener('drop', (event) => {
    sign.hidden = true;
    if (!hasFiles(event)) return;
    event.preventDefault();
    const [file] = event.dataTransfer!.files;
    if (file !== undefined) void receive(file, receivers);
  });
}

/** By its type, as the system tells it, or the end of its name. */
export function receive(file: File, { image, sound, weights }: Receivers): Promise<void> {
  if (file.type.startsWith('image/')) return image(file);
  if (file.type.startsWith('audio/') || /\.wav$/i.test(file.name)) return sound(file);
  return weights(file);
}
