import { digitOf, type Ink } from './digit-image.ts';

/** Width of the pen, as a share of the field. */
const pen = 0.075;

/** A field to draw a digit in, with a mouse, a pen or a finger. */
export class DrawingPad {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #onDraw: (isDone: boolean) => void;
  #last: readonly [number, number] | null = null;
  #isEmpty = true;

  /** @param onDraw is called while it is drawn in, and when a stroke is done. */
  constructor(canvas: HTMLCanvasElement, onDraw: (isDone: boolean) => void) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', { willReadFrequently: true })!;
    this.#onDraw = onDraw;
    canvas.addEventListener('pointerdown', (event) => this.#begin(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    for (const end of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(end, () => this.#end());
    }
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#recolour());
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  clear(): void {
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#isEmpty = true;
  }

  /** Shows a digit of 28 x 28. */
  show(digit: Float32Array): void {
    this.clear();
    const side = Math.sqrt(digit.length);
    const size = this.#canvas.width / side;
    this.#context.fillStyle = this.#ink;
    digit.forEach((value, i) => {
      this.#context.globalAlpha = value;
      this.#context.fillRect((i % side) * size, Math.floor(i / side) * size, size, size);
    });
    this.#context.globalAlpha = 1;
  }

  /** What was drawn, as MNIST has digits; null where nothing was. */
  digit(): Float32Array | null {
    const { width, height } = this.#canvas;
    const { data } = this.#context.getImageData(0, 0, width, height);
    const values = Float32Array.from({ length: width * height }, (_, i) => data[4 * i + 3]! / 255);
    const ink: Ink = { width, height, values };
    return digitOf(ink);
  }

  get #ink(): string {
    return getComputedStyle(this.#canvas).color;
  }

  #begin(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.preventDefault();
    // Not of events that a program makes.
    if (event.isTrusted) this.#canvas.setPointerCapture(event.pointerId);
    if (this.#isEmpty) this.clear();
    this.#isEmpty = false;
    this.#last = this.#at(event);
    this.#lineTo(this.#last);
    this.#onDraw(false);
  }

  #move(event: PointerEvent): void {
    if (this.#last === null) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length > 0 ? all : [event]) this.#lineTo(this.#at(one));
    this.#onDraw(false);
  }

  #end(): void {
    if (this.#last === null) return;
    this.#last = null;
    this.#onDraw(true);
  }

  #lineTo(to: readonly [number, number]): void {
    const context = this.#context;
    context.strokeStyle = this.#ink;
    context.lineWidth = pen * this.#canvas.width;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(...this.#last!);
    context.lineTo(...to);
    context.stroke();
    this.#last = to;
  }

  #at(event: PointerEvent): readonly [number, number] {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return [
      ((event.clientX - left) / width) * this.#canvas.width,
      ((event.clientY - top) / height) * this.#canvas.height,
    ];
  }

  /** Ink takes the colour of the text, which has changed. */
  #recolour(): void {
    const context = this.#context;
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = this.#ink;
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.globalCompositeOperation = 'source-over';
  }
}
